//! What is promised of kept calls, over the rows of either engine: a broker on a socket of its own, a service that
//! counts what it is asked to do, and brokers that die in between. Each case is a function over fresh, empty rows.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod away;
#[path = "../policy/client.rs"]
#[allow(dead_code, reason = "shared with the tests of the policy, which use more of it")]
mod client;
mod flushed;
#[path = "../policy/issuer.rs"]
#[allow(dead_code, reason = "shared with the tests of the policy, which use more of it")]
mod issuer;
mod keys;
mod later;
mod outage;
mod rows;
mod service;
mod waiting;
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
        another_body_under_the_same_key_is_refused_by_its_name
        a_key_counts_for_its_row_and_its_caller_alone
        of_fifty_at_once_one_is_made
        errors_of_the_call_are_kept_and_outages_are_not
        where_passwords_or_tokens_go_by_nothing_but_the_key_is_kept
        an_answer_that_is_too_large_is_said_to_be_and_the_call_is_not_made_again
        where_bodies_stream_through_the_key_passes_on_and_nothing_is_kept
        a_call_whose_broker_died_is_made_again_with_the_same_effect_id
        a_call_goes_on_without_its_caller
        a_key_is_forgotten_after_its_time
    }
    later {
        a_preference_for_later_is_answered_at_once_and_the_result_is_kept
        what_was_accepted_is_in_the_rows_before_its_caller_knows
        who_would_wait_gets_the_answer_or_a_place_to_ask
        where_nothing_may_be_kept_a_preference_means_nothing
        only_its_owner_may_ask_for_a_call
        a_key_and_a_preference_go_together
        a_failing_call_is_tried_again_as_often_as_its_row_says
        what_is_not_safe_twice_ends_with_the_first_answer
        a_service_that_is_away_costs_no_attempt_and_can_be_cancelled_meanwhile
        a_service_that_hangs_leaves_others_their_workers
        a_call_is_either_cancelled_or_made
        calls_outlive_their_broker
        a_broker_that_stops_hands_back_what_it_cannot_finish
        a_row_that_is_gone_is_waited_for_and_then_told_of
        a_result_that_is_too_large_is_said_to_be
    }
    waiting {
        what_waits_in_the_rows_is_counted_against_what_may_wait
    }
}
