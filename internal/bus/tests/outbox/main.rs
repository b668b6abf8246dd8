//! What outbox and dedupe promise, over the rows of either engine and, where it matters, either bus. Each case is a
//! function over fresh, empty engines; the table at the end runs it on all of them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod adding;
#[path = "../contract/consumer.rs"]
#[allow(dead_code, reason = "shared with the contract, which uses more of it")]
mod consumer;
mod crashing;
mod dedupe;
mod effects;
#[path = "../contract/fresh.rs"]
#[allow(dead_code, reason = "shared with the contract, which uses more of it")]
mod fresh;
#[path = "../contract/host.rs"]
#[allow(dead_code, reason = "shared with the contract, which uses more of it")]
mod host;
mod killed;
mod outage;
mod relaying;
mod rows;
mod tables;

macro_rules! cases {
    ($test:ident; $($subject:ident { $($case:ident)+ })+) => {
        $(mod $subject {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$test!($subject, $case);
            })+
        })+
    };
}

macro_rules! over_rows {
    ($rows:ident, $subject:ident, $case:ident) => {
        crate::rows::$rows(async |rows| crate::$subject::$case(rows).await).await
    };
}

macro_rules! over_both {
    ($rows:ident, $bus:ident, $subject:ident, $case:ident) => {
        crate::rows::$rows(async |rows| crate::$subject::$case(rows, crate::fresh::Fresh::$bus().await).await).await
    };
}

macro_rules! contract {
    (rows { $($rows_subjects:tt)+ } rows and bus { $($subjects:tt)+ }) => {
        mod sqlite {
            macro_rules! alone { ($subject:ident, $case:ident) => { over_rows!(sqlite, $subject, $case) }; }
            macro_rules! embedded { ($subject:ident, $case:ident) => { over_both!(sqlite, embedded, $subject, $case) }; }
            macro_rules! rabbitmq { ($subject:ident, $case:ident) => { over_both!(sqlite, rabbitmq, $subject, $case) }; }
            pub(crate) use {alone, embedded, rabbitmq};
            cases! { alone; $($rows_subjects)+ }
            mod over_embedded { pub(crate) use super::embedded; cases! { embedded; $($subjects)+ } }
            mod over_rabbitmq { pub(crate) use super::rabbitmq; cases! { rabbitmq; $($subjects)+ } }
        }

        mod postgres {
            macro_rules! alone { ($subject:ident, $case:ident) => { over_rows!(postgres, $subject, $case) }; }
            macro_rules! embedded { ($subject:ident, $case:ident) => { over_both!(postgres, embedded, $subject, $case) }; }
            macro_rules! rabbitmq { ($subject:ident, $case:ident) => { over_both!(postgres, rabbitmq, $subject, $case) }; }
            pub(crate) use {alone, embedded, rabbitmq};
            cases! { alone; $($rows_subjects)+ }
            mod over_embedded { pub(crate) use super::embedded; cases! { embedded; $($subjects)+ } }
            mod over_rabbitmq { pub(crate) use super::rabbitmq; cases! { rabbitmq; $($subjects)+ } }
        }
    };
}

contract! {
    rows {
        tables {
            they_stand_beside_those_of_the_service_in_either_order
        }
        dedupe {
            of_a_hundred_at_once_one_is_fresh_and_the_others_get_its_reply
            what_is_rolled_back_was_never_begun
            whoever_comes_second_waits_and_goes_by_how_the_first_one_ends
            another_content_or_another_key_is_a_conflict
            consumers_do_not_know_each_other
            nothing_is_finished_that_was_not_begun
            what_is_old_is_forgotten
            rows_hold_neither_content_nor_key
        }
    }
    rows and bus {
        adding {
            what_is_committed_goes_out_whole_and_what_is_rolled_back_leaves_nothing
            one_relay_keeps_the_order_of_the_rows
        }
        relaying {
            what_no_queue_takes_blocks_nobody_and_can_be_replayed
            what_no_queue_takes_comes_due_again_by_itself
            what_can_never_be_published_is_marked_with_its_reason_and_blocks_nobody
            two_relays_publish_nothing_twice
            rows_of_another_process_are_found
            what_is_old_is_deleted
            a_relay_stops_when_it_is_told_to
        }
        crashing {
            a_relay_that_ends_between_confirm_and_mark_publishes_again_under_the_same_ids
            a_relay_that_is_ended_anywhere_loses_nothing_and_invents_nothing
        }
    }
}
