//! What was opened with a token ends with it: streams with a last word that says so, bodies by breaking off.

use crate::issuer::Token;
use crate::world::World;

const ROWS: &str = r#"
[[route]]
on = "GET /tail"
call = "grpc logger logger.v1.Logger/Tail"
[[route]]
on = "GET /open-tail"
call = "grpc logger logger.v1.Logger/Tail"
auth = "public"
[[route]]
on = "ANY /raw/{*path}"
call = "http own"
"#;

const LINES: &str = "application/x-ndjson";
const EVENTS: &str = "text/event-stream";

#[tokio::test]
async fn a_tail_ends_when_its_token_expires() {
    let world = World::open(ROWS).await;
    for (path, accept) in [("/tail", LINES), ("/tail", EVENTS)] {
        // Enough to be let in on a slow machine, and little enough to wait for.
        let token = Token { expires: 5, ..Token::default() }.signed();
        let mut tail = world.get(path).bearer(&token).header("accept", accept).open().await;
        tail.until("first").await;
        let text = tail.rest().await.unwrap();
        assert!(text.contains("\"status\":401") && text.contains("has expired or was revoked"), "{text}");
        assert_eq!(text.contains("event: error"), accept == EVENTS, "{text}");
        let last = text.lines().rfind(|line| !line.is_empty()).unwrap();
        assert!(last.contains("\"code\":\"unauthenticated\""), "the last document is the problem: {last}");
    }
}

#[tokio::test]
async fn a_tail_ends_when_its_session_is_revoked_and_another_goes_on() {
    let world = World::open(ROWS).await;
    let tail = async |session: &str| {
        let token = Token { session, ..Token::default() }.signed();
        let mut tail = world.get("/tail").bearer(&token).header("accept", LINES).open().await;
        tail.until("first").await;
        tail
    };
    let (ended, mut other) = (tail("s-1").await, tail("s-2").await);
    world.issuer.revoke("s-1");
    let text = ended.rest().await.unwrap();
    assert!(text.contains("\"status\":401"), "{text}");
    world.issuer.revoke("s-2");
    other.until("\"status\":401").await;
}

#[tokio::test]
async fn a_body_that_streams_through_breaks_off_when_its_token_ends() {
    let world = World::open(ROWS).await;
    let mut body = world.get("/raw/endless").bearer(&Token::default().signed()).open().await;
    body.until("first").await;
    world.issuer.revoke("s-1");
    assert!(body.rest().await.is_err(), "nobody takes it for a whole one");
}

#[tokio::test]
async fn a_changed_table_does_not_keep_an_open_tail_from_ending() {
    let world = World::open(ROWS).await;
    let mut tail = world.get("/tail").bearer(&Token::default().signed()).header("accept", LINES).open().await;
    tail.until("first").await;
    world.change("[issuers.other]\njwks = \"http://localhost:1/\"\nissuer = \"o\"\naudience = \"o\"\n");
    world.eventually("the changed table", || async { world.get("/tail").send().await.status == 404 }).await;
    world.issuer.revoke("s-1");
    assert!(tail.rest().await.unwrap().contains("\"status\":401"));
}

#[tokio::test]
async fn a_tail_of_nobody_ends_with_nobodys_token() {
    let world = World::open(ROWS).await;
    let mut tail = world.get("/open-tail").header("accept", LINES).open().await;
    tail.until("first").await;
}
