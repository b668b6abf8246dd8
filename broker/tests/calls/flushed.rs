//! The cache holds nothing that an answer depends on: a server of Redis of the test's own is flushed, and what was kept
//! is answered as before.

use std::process::{Child, Command, Stdio};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::rows::{self, Rows};
use crate::world::{World, eventually};

const ROWS: &str = r#"
[[route]]
on = "POST /do"
call = "http tiny POST /do"
auth = "public"
limit = "1000/h per caller"
"#;

/// Without persistence, and gone with the test.
struct Redis {
    server: Child,
    port: u16,
}

impl Redis {
    async fn start(rows: &Rows) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Command::new("redis-server");
        server.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()]);
        let server = server.arg("--dir").arg(rows.folder.path()).stdout(Stdio::null()).spawn();
        let redis = Self { server: server.expect("this test needs the program redis-server: install it"), port };
        eventually("Redis answers", || async { redis.ask("PING").await.as_deref() == Some("+PONG\r\n") }).await;
        redis
    }

    /// What it answers in one line.
    async fn ask(&self, command: &str) -> Option<String> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
        connection.write_all(format!("{command}\r\n").as_bytes()).await.ok()?;
        let mut answer = vec![0; 64];
        let read = connection.read(&mut answer).await.ok()?;
        String::from_utf8(answer[..read].to_vec()).ok()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_that_is_flushed_changes_no_answer() {
    rows::sqlite(async |rows| {
        let redis = Redis::start(&rows).await;
        let mut world = World::new(rows, ROWS).await;
        world.redis = Some(format!("redis://127.0.0.1:{}", redis.port));
        let broker = world.broker().await;
        let under = || broker.post("/do", &json!({ "a": 1 })).header("idempotency-key", "k").send();
        eventually("the cache is in use", || async {
            broker.post("/do", &json!({})).send().await;
            redis.ask("DBSIZE").await.is_some_and(|size| size != ":0\r\n")
        })
        .await;
        let (first, before) = (under().await, world.service.asked().len());
        assert_eq!((first.status, first.header("idempotency-replayed")), (201, None), "{first:?}");
        assert_eq!(redis.ask("FLUSHALL").await.as_deref(), Some("+OK\r\n"));
        let again = under().await;
        assert_eq!((again.status, &again.body), (201, &first.body), "{again:?}");
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(world.service.asked().len(), before, "it was not made again");
    })
    .await;
}
