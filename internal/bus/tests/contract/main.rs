//! What every engine of the bus promises. Each case is a function over a fresh, empty bus; the table at the end runs
//! all of them on the embedded queue and on RabbitMQ. What only one engine can be asked stands in its own file.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod consumer;
mod crash;
mod delivery;
mod failing;
mod figures;
mod fresh;
mod full_disk;
mod glance;
mod hints;
mod host;
mod killed;
mod outage;
mod publishing;
mod requeue;
mod stopping;

macro_rules! contract {
    ($($subject:ident { $($case:ident)+ })+) => {
        mod embedded {
            $(mod $subject {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$subject::$case(crate::fresh::Fresh::embedded().await).await;
                })+
            })+
        }

        mod rabbitmq {
            $(mod $subject {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$subject::$case(crate::fresh::Fresh::rabbitmq().await).await;
                })+
            })+
        }
    };
}

contract! {
    publishing {
        every_field_arrives_as_it_was_published
        an_event_that_no_queue_takes_is_refused
        every_bound_queue_gets_a_copy
        many_publishers_lose_nothing
        a_body_that_is_too_large_is_refused
        what_can_never_be_published_is_an_invalid_argument
        declaring_again_changes_nothing
        depth_counts_what_waits
    }
    delivery {
        a_batch_keeps_to_its_size_and_each_outcome_to_its_delivery
        no_more_calls_at_once_than_asked_for
    }
    failing {
        a_failing_message_walks_its_attempts_and_dies_with_its_reason
        a_rejected_message_dies_at_once_and_the_rest_flows
        a_longer_wait_that_was_asked_for_is_kept
        what_failed_together_comes_back_spread_out
        a_panic_is_a_failed_attempt
        a_wrong_number_of_outcomes_is_a_failed_attempt
    }
    outage {
        an_outage_pauses_and_counts_no_attempt
        an_outage_longer_than_all_waits_together_dead_letters_nothing
        the_wait_that_an_outage_asks_for_is_kept
        a_message_whose_own_fault_looks_like_an_outage_blocks_nobody_and_dies
    }
    stopping {
        what_is_in_hand_is_finished_and_the_rest_given_back
        a_probe_of_a_service_that_is_away_is_given_back_at_once
    }
    requeue {
        what_is_put_back_goes_to_that_queue_alone_and_from_the_beginning
        a_queue_that_is_gone_takes_nothing
        an_event_that_cannot_travel_is_refused_there_too
    }
    hints {
        everybody_who_hears_is_told_and_nobody_else
        a_listener_that_takes_nothing_holds_up_nobody
        a_hint_that_is_too_large_is_not_told
    }
    glance {
        what_a_process_does_is_counted
        what_is_held_is_told_with_the_oldest_event
        every_queue_is_listed_with_what_is_ready_and_who_consumes
    }
    calls {
        an_answer_comes_back
        an_error_keeps_its_code_and_its_fields
        without_a_server_the_answer_comes_at_once
        a_caller_waits_no_longer_than_its_deadline
        a_question_that_expired_is_not_handled
        the_most_urgent_question_goes_first
        a_handler_that_panics_is_an_error_for_its_caller_only
        questions_in_hand_are_answered_before_a_server_stops
    }
}
