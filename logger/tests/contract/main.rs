//! What the logger promises over gRPC, the same on every store: one suite, run on SQLite and on MongoDB.

// Clippy's own exception for tests does not reach the functions that tests share.
#![allow(clippy::unwrap_used)]

mod audit;
mod engine;
mod home;
mod query;
mod retention;
mod surface;
mod tail;
mod write;

macro_rules! on_every_store {
    ($($module:ident::$name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                crate::home::with(crate::home::Engine::Sqlite, crate::$module::$name).await;
            })*
        }
        mod mongo {
            $(#[tokio::test]
            async fn $name() {
                crate::home::with(crate::home::Engine::Mongo, crate::$module::$name).await;
            })*
        }
    };
}

on_every_store!(
    write::an_entry_is_stored_as_it_was_sent,
    write::what_is_left_out_is_filled_in,
    write::the_same_id_is_one_entry,
    write::a_call_that_is_repeated_under_its_key_is_one_entry,
    write::every_field_is_checked_and_named,
    write::a_batch_has_a_result_for_each_entry,
    write::what_is_too_large_is_refused_whole,
    write::many_writes_at_once_all_have_their_own_answer,
    write::what_is_past_its_deadline_is_not_stored,
    query::pages_hold_every_entry_once_while_others_are_written,
    query::every_filter_filters,
    query::text_is_found_in_any_case_and_means_only_itself,
    query::a_page_of_large_entries_stays_within_a_message,
    query::every_field_is_checked_and_named_too,
    tail::what_is_committed_from_now_on_is_sent,
    tail::a_filter_lets_through_what_matches,
    tail::a_slow_reader_gets_a_gap_and_goes_on,
    tail::a_tail_goes_on_without_loss_after_any_position,
    tail::a_tail_goes_on_with_its_filter_and_its_kind_alone,
    tail::a_stop_ends_tails_and_watches_at_once,
    audit::a_query_shows_one_kind_only,
    audit::pages_of_the_audit_pass_the_others_by,
    audit::a_tail_follows_one_kind_only,
    audit::the_same_id_in_the_other_kind_is_a_conflict,
    surface::health_and_both_reflections_answer,
    surface::gzip_is_accepted,
    surface::metrics_count_entries_commits_and_tails,
);
