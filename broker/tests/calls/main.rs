//! What is promised of kept calls, over the rows of either engine: a broker on a socket of its own, a service that
//! counts what it is asked to do, and brokers that die in between. Each case is a function over fresh, empty rows.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../policy/client.rs"]
#[allow(dead_code, reason = "shared with the tests of the policy, which use more of it")]
mod client;
#[path = "../policy/issuer.rs"]
#[allow(dead_code, reason = "shared with the tests of the policy, which use more of it")]
mod issuer;
mod keys;
mod rows;
mod service;
mod world;

macro_rules! contract {
    ($($subject:ident { $($case:ident)+ })+) => {
        mod sqlite {
            $(mod $subject {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::rows::sqlite(async |rows| crate::$subject::$case(rows).await).await;
                })+
            })+
        }

        mod postgres {
            $(mod $subject {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::rows::postgres(async |rows| crate::$subject::$case(rows).await).await;
                })+
            })+
        }
    };
}

contract! {
    keys {
        the_same_key_and_body_get_the_same_answer
    }
}
