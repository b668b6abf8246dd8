//! Statements of their own on SQLite's one writer, with group commit: whatever is asked for during one commit goes with
//! the next, as a flush to the disk costs the same for one as for many. No timer: where nobody else writes, a statement
//! is committed at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::sqlite::{SqliteArguments, SqliteQueryResult};
use sqlx::{Connection, SqliteConnection, SqlitePool};
use tokio::sync::oneshot;

use super::{away, is_away};
use crate::error::Error;

/// Statements of one commit, at most: those who ask for the first of them wait for the last.
const MOST: usize = 500;

/// What waits for the writer. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    orders: VecDeque<Order>,
    /// Whether a task is there that goes on until nothing waits.
    is_worked_on: bool,
}

/// A statement, and who waits for the number of rows that it touched.
#[derive(Debug)]
struct Order {
    sql: &'static str,
    with: SqliteArguments,
    done: oneshot::Sender<Result<u64, Error>>,
}

impl Group {
    /// How many rows the statement touched, once that is on the disk. A caller that does not wait any more takes back
    /// what has not begun.
    pub(super) async fn execute(
        &self,
        write: &SqlitePool,
        sql: &'static str,
        with: SqliteArguments,
    ) -> Result<u64, Error> {
        let (done, result) = oneshot::channel();
        let is_first = {
            let mut waiting = self.lock();
            waiting.orders.push_back(Order { sql, with, done });
            !std::mem::replace(&mut waiting.is_worked_on, true)
        };
        if is_first {
            // A task, as a caller that gives up must not take the statements of the others with it. It ends by itself.
            tokio::spawn(self.clone().work(write.clone()));
        }
        result.await.unwrap_or_else(|_| Err(away("the writer ended before it was done")))
    }

    async fn work(self, write: SqlitePool) {
        let working = Working(self);
        loop {
            // First the writer, then what waits for it: that is more by then.
            let connection = write.acquire().await;
            let orders = match working.0.next() {
                Some(orders) => orders,
                None => return,
            };
            match connection {
                Ok(mut connection) => commit(&mut connection, orders).await,
                Err(error) => fail(orders.into_iter().map(|order| order.done), &error),
            }
        }
    }

    /// What goes with the next commit; nothing where nobody waits, and then the next who asks begins anew.
    fn next(&self) -> Option<Vec<Order>> {
        let mut waiting = self.lock();
        let count = waiting.orders.len().min(MOST);
        let orders: Vec<_> = waiting.orders.drain(..count).filter(|order| !order.done.is_closed()).collect();
        let is_over = orders.is_empty() && waiting.orders.is_empty();
        waiting.is_worked_on = !is_over;
        (!is_over).then_some(orders)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task at work. Where it ends in an unforeseen way, whoever waits is told, and the next who asks begins anew.
struct Working(Group);

impl Drop for Working {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0.lock() = Waiting::default();
        }
    }
}

async fn commit(connection: &mut SqliteConnection, orders: Vec<Order>) {
    // Alone a statement is its own transaction, which saves two questions.
    if orders.len() < 2 {
        for Order { sql, with, done } in orders {
            let _ = done.send(run(connection, sql, with).await.map_err(Error::from));
        }
        return;
    }
    let mut results = Vec::with_capacity(orders.len());
    let mut waiting = Vec::with_capacity(orders.len());
    let mut orders = orders.into_iter();
    let committed = async {
        let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
        for Order { sql, with, done } in orders.by_ref() {
            waiting.push(done);
            match run(&mut tx, sql, with).await {
                Ok(rows) => results.push(Ok(rows)),
                // It failed by itself, such as by a constraint.
                Err(error) if !undoes_all(&error) => results.push(Err(Error::from(error))),
                Err(error) => return Err(error),
            }
        }
        tx.commit().await
    }
    .await;
    match committed {
        Ok(()) => waiting.into_iter().zip(results).for_each(|(done, result)| drop(done.send(result))),
        Err(error) => fail(waiting.into_iter().chain(orders.map(|order| order.done)), &error),
    }
}

/// Whether SQLite may have undone the transaction with the statement: busy, out of memory, interrupted, I/O, full.
/// <https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction>
fn undoes_all(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(told) = error else { return true };
    let code = told.code().and_then(|code| code.parse::<u32>().ok());
    code.is_none_or(|code| matches!(code & 0xff, 5 | 7 | 9 | 10 | 13))
}

async fn run(connection: &mut SqliteConnection, sql: &'static str, with: SqliteArguments) -> sqlx::Result<u64> {
    sqlx::query_with(sql, with).execute(connection).await.map(|done: SqliteQueryResult| done.rows_affected())
}

/// None of it is there, and everybody is told why.
fn fail(waiting: impl Iterator<Item = oneshot::Sender<Result<u64, Error>>>, error: &sqlx::Error) {
    let is_fault = matches!(error, sqlx::Error::Database(told) if !is_away(told.as_ref()));
    for done in waiting {
        let cause = error.to_string();
        let _ = done.send(Err(if is_fault { Error::internal(cause) } else { away(cause) }));
    }
}
