//! The service as operators meet it, over a real socket and on both engines: a bus of the test's own on which letters die,
//! an issuer whose tokens it believes, and instances that can be killed. Every test has rows of its own.

mod deaths;
#[path = "../../broker/tests/policy/issuer.rs"]
#[allow(dead_code, reason = "shared with the tests of the broker, which use more of it")]
mod issuer;
mod kept;
mod letters;
mod operations;
mod restarts;
mod turns;
mod work;
mod world;

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

use world::World;

/// Each case over the rows of either engine.
macro_rules! contract {
    ($($subject:ident { $($case:ident)+ })+) => {
        mod sqlite {
            $(mod $subject {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::tests::on_sqlite(async |world| crate::tests::$subject::$case(world).await).await;
                })+
            })+
        }

        mod postgres {
            $(mod $subject {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::tests::on_postgres(async |world| crate::tests::$subject::$case(world).await).await;
                })+
            })+
        }
    };
}

/// What a file cannot show, as it has one process.
mod postgres_alone {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_letter_stays_in_its_queue_while_the_rows_are_away() {
        crate::tests::on_postgres(crate::tests::deaths::a_letter_stays_in_its_queue_while_the_rows_are_away).await;
    }
}

contract! {
    deaths {
        the_same_death_is_kept_once_and_another_one_makes_it_dead_again
        another_content_under_the_same_id_is_a_letter_of_its_own
        a_message_without_an_id_and_one_with_odd_characters_are_kept
        letters_of_a_service_that_was_heard_of_are_drained_after_a_restart_too
    }
    letters {
        letters_are_found_by_what_they_have_in_common_page_by_page
        a_letter_is_shown_with_all_that_is_known_of_it
        an_edited_copy_takes_the_place_of_its_original
        nobody_but_an_admin_looks_or_acts
    }
    operations {
        a_replayed_letter_has_its_effect_once_however_often_it_is_replayed
        what_dies_again_after_its_replay_is_dead_again
        what_cannot_be_replayed_is_left_out_with_its_reason
        letters_are_discarded_and_purged_in_this_order
        an_operation_keeps_to_its_rate_and_can_be_stopped
        what_was_discarded_is_replayed_by_force_alone
        what_is_asked_for_wrongly_names_its_field
        an_empty_word_means_no_letter_rather_than_all_of_them
        every_act_is_audited
    }
    turns {
        operations_that_wait_leave_their_place_to_others
        letters_that_wait_let_the_others_of_their_operation_go_first
        operations_that_keep_to_a_rate_leave_their_place_to_others
    }
    restarts {
        a_replay_goes_on_after_its_instance_was_killed
        instances_share_operations_and_do_nothing_twice
    }
    kept {
        what_is_over_goes_after_its_time_and_what_is_dead_stays
        letters_left_in_hand_by_a_stopped_operation_are_dead_again
        letters_left_in_hand_by_an_operation_that_is_gone_are_dead_again
        what_is_replayed_without_force_is_remembered_by_its_consumers
    }
}

async fn on_sqlite(test: impl AsyncFnOnce(World)) {
    test(World::new(None).await).await;
}

/// A new PostgreSQL database for `test`, dropped also when it fails.
async fn on_postgres(test: impl AsyncFnOnce(World)) {
    let server = std::env::var("TEST_POSTGRES_URL");
    let server = server.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let mut admin = PgConnection::connect(&server).await.unwrap_or_else(|error| {
        panic!("this test needs PostgreSQL: start it, or set TEST_POSTGRES_URL to where it is ({error})")
    });
    let name = format!("test_operations_{}", Uuid::new_v4().simple());
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    let outcome = AssertUnwindSafe(async { test(World::new(Some(url.to_string())).await).await }).catch_unwind().await;
    admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
    outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}
