//! Any values in the columns of a message, as a damaged file or a later version may have them: a message, one that is
//! unreadable, or an error, and never an end of the process.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use ::fuzz::arbitrary::Result;
use ::fuzz::{Target, Unstructured};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::*;
use crate::embedded::Embedded;
use crate::{Config, WorkQueue};

struct World {
    runtime: Runtime,
    bus: Arc<Embedded>,
    queue: Arc<Queue>,
    _folder: TempDir,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (bus, queue) = runtime.block_on(open(folder.path()));
    World { runtime, bus, queue, _folder: folder }
});

async fn open(folder: &Path) -> (Arc<Embedded>, Arc<Queue>) {
    let (file, instance) = (folder.join("bus.db"), "test".to_owned());
    let config = Config {
        url: None,
        management: None,
        file,
        instance,
        rungs: vec![Duration::from_secs(1)],
        unconfirmed: 100,
        bug: None,
    };
    let bus = Embedded::open(config).await.unwrap();
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    bus.declare(std::slice::from_ref(&queue)).await.unwrap();
    sqlx::query("PRAGMA synchronous = OFF").execute(&bus.store.db.write).await.unwrap();
    let queue = bus.queues.find(&queue.name).unwrap();
    (bus, queue)
}

const INSERT: &str = "
    INSERT INTO messages (queue, attempt, deliveries, handed, event, kind, source, subject, time, trace, dead_reason,
                          dead_queue, dead_attempts, body, identity)
    VALUES ($1, $2, $3, $4, CAST($5 AS TEXT), CAST($6 AS TEXT), $7, $8, $9, $10, $11, $12, $13, $14, $15)";
#[derive(Clone, Copy)]
enum Kind {
    Small,
    Number,
    Text,
    Perhaps,
    Bytes,
}

/// In the order of `INSERT`.
const COLUMNS: [Kind; 14] = {
    use Kind::{Bytes, Number, Perhaps, Small, Text};
    [Small, Small, Small, Text, Text, Text, Perhaps, Number, Text, Perhaps, Perhaps, Small, Bytes, Perhaps]
};

const WORDS: &[&str] = &["{\"subject\":\"u\"}", "{}", "log.INFO", "00-", "\u{0}"];

#[test]
fn any_row_is_a_message_or_an_error() {
    let seeds = (0..40_u8).map(|at| (0..120_u8).map(|byte| byte.wrapping_mul(at | 1).wrapping_add(at)).collect());
    let target = Target::new(env!("CARGO_MANIFEST_DIR"), "tests/corpus/row", property);
    Target { seeds: seeds.collect(), words: WORDS, ..target }.check();
}

fn property(input: &[u8]) {
    let World { runtime, bus, queue, .. } = &*WORLD;
    let mut rest = Unstructured::new(input);
    let mut insert = sqlx::query(INSERT).bind(queue.id);
    for kind in COLUMNS {
        insert = bound(insert, kind, &mut rest).unwrap_or_else(|_| unreachable!("bytes that are used up are zeros"));
    }
    runtime.block_on(async {
        // What the columns refuse is in no file.
        if insert.execute(&bus.store.db.write).await.is_err() {
            return;
        }
        if let Ok(page) = bus.store.ready(queue, 10).await {
            assert!(page.messages.len() <= 1 && !page.more);
            assert!(page.messages.iter().all(|it| it.unreadable.is_none() || it.delivery.event.identity.is_none()));
        }
        sqlx::query("DELETE FROM messages").execute(&bus.store.db.write).await.unwrap();
    });
}

type Statement = Query<'static, sqlx::Sqlite, SqliteArguments>;

/// Mostly what the column should have, now and then anything.
fn bound(insert: Statement, kind: Kind, rest: &mut Unstructured<'_>) -> Result<Statement> {
    let text = |rest: &mut Unstructured<'_>| Ok(String::from_utf8_lossy(&bytes(rest)?).into_owned());
    if rest.ratio(1, 32)? {
        return anything(insert, rest);
    }
    Ok(match kind {
        Kind::Small => insert.bind(i64::from(rest.arbitrary::<u8>()?)),
        Kind::Number => insert.bind(rest.arbitrary::<i64>()?),
        Kind::Text => insert.bind(text(rest)?),
        Kind::Perhaps if rest.ratio(1, 2)? => insert.bind(None::<String>),
        Kind::Perhaps => insert.bind(if rest.arbitrary()? { text(rest)? } else { (*rest.choose(WORDS)?).to_owned() }),
        Kind::Bytes => insert.bind(bytes(rest)?),
    })
}

fn anything(insert: Statement, rest: &mut Unstructured<'_>) -> Result<Statement> {
    Ok(match rest.int_in_range(0..=9)? {
        0 => insert.bind(None::<String>),
        1 | 2 => insert.bind(rest.arbitrary::<i64>()?),
        3 => insert.bind(rest.arbitrary::<f64>()?),
        4 => insert.bind(i64::from(rest.arbitrary::<u8>()?)),
        5 => insert.bind(bytes(rest)?),
        6 => insert.bind((*rest.choose(WORDS)?).to_owned()),
        _ => insert.bind(String::from_utf8_lossy(&bytes(rest)?).into_owned()),
    })
}

fn bytes(rest: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let length = rest.int_in_range(0..=40)?;
    Ok(rest.bytes(length.min(rest.len()))?.to_vec())
}
