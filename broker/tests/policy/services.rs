//! What services are told of a caller: the identity that was verified and nothing that a caller has made up, the token
//! only where the table says so.

use serde_json::{Value, json};

use crate::client::Ask;
use crate::issuer::Token;
use crate::world::{Place, World};

const ROWS: &str = r#"
[[route]]
on = "POST /own"
action = "own"
call = "http own POST /x"
[[route]]
on = "POST /other"
call = "http other POST /x"
[[route]]
on = "ANY /raw-own/{*path}"
call = "http own"
[[route]]
on = "ANY /raw-other/{*path}"
call = "http other"
[[route]]
on = "POST /grpc"
call = "grpc logger logger.v1.Logger/Write"
[[route]]
on = "POST /open"
call = "http own POST /x"
auth = "public"
[[route]]
on = "ANY /raw-open/{*path}"
call = "http other"
auth = "public"
[[route]]
on = "GET /refused"
call = "http own GET /refused"
"#;

/// A request that claims whatever can be claimed.
fn claiming(ask: Ask) -> Ask {
    let claims =
        ["x-user-id", "x_user_id", "X-User-Roles", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded"];
    claims.into_iter().fold(ask, |ask, name| ask.header(name, "6.6.6.6")).header("user-agent", "test/1")
}

async fn seen(ask: Ask) -> Value {
    let answer = ask.send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    match answer.body["data"].as_str() {
        Some(metadata) => serde_json::from_str(metadata).unwrap(),
        None => answer.body["headers"].clone(),
    }
}

#[tokio::test]
async fn services_are_told_who_was_verified_and_nothing_that_was_claimed() {
    let world = World::open(ROWS).await;
    let token = Token { roles: &["user", "admin"], ..Token::default() }.signed();
    let bearer = json!(format!("Bearer {token}"));
    let paths = [("/own", true), ("/other", false), ("/raw-own/x", true), ("/raw-other/x", false), ("/grpc", false)];
    for (path, with_token) in paths {
        let seen = seen(claiming(world.post(path, &json!({ "name": "n" })).bearer(&token))).await;
        assert_eq!((&seen["x-user-id"], &seen["x-user-roles"]), (&json!("u-1"), &json!("user,admin")), "{path}");
        assert_eq!(seen["x-forwarded-for"], "127.0.0.1", "{path}");
        assert_eq!(seen.get("authorization").filter(|it| !it.is_null()), with_token.then_some(&bearer), "{path}");
        assert!(!seen.to_string().contains("6.6.6.6"), "{path}: {seen}");
        if path != "/grpc" {
            assert_eq!(seen["user-agent"], "test/1", "{path}");
        }
    }
}

#[tokio::test]
async fn a_public_row_tells_who_it_is_where_that_is_known() {
    let world = World::open(ROWS).await;
    for path in ["/open", "/raw-open/x"] {
        let nobody = seen(claiming(world.post(path, &json!({})))).await;
        assert!(nobody.get("x-user-id").is_none() && nobody.get("x-user-roles").is_none(), "{path}: {nobody}");
        let stranger = seen(world.post(path, &json!({})).bearer(&Token::default().signed_by(2))).await;
        assert!(stranger.get("x-user-id").is_none() && stranger.get("authorization").is_none(), "{path}: {stranger}");
        // The issuer's keys are known from here on.
        seen(world.post("/own", &json!({})).bearer(&Token::default().signed())).await;
        let somebody = seen(world.post(path, &json!({})).bearer(&Token::default().signed())).await;
        assert_eq!(somebody["x-user-id"], "u-1", "{path}");
    }
}

#[tokio::test]
async fn the_address_comes_from_proxies_that_are_ours() {
    for (proxies, expected) in [("", "127.0.0.1"), ("127.0.0.0/8", "203.0.113.9")] {
        let world = World::at(Place { proxies, ..Place::default() }, ROWS).await;
        for path in ["/own", "/raw-own/x", "/grpc"] {
            let ask = world.post(path, &json!({ "name": "n" })).bearer(&Token::default().signed());
            let seen = seen(ask.header("x-forwarded-for", "6.6.6.6, 203.0.113.9")).await;
            assert_eq!(seen["x-forwarded-for"], expected, "{path}");
        }
    }
}

#[tokio::test]
async fn a_service_that_refuses_says_why_in_the_same_header() {
    let world = World::open(ROWS).await;
    let answer = world.get("/refused").bearer(&Token::default().signed()).send().await;
    let challenge = answer.header("www-authenticate");
    assert_eq!((answer.status, challenge), (403, Some(mesh::identity::INSUFFICIENT_SCOPE)));
}

#[tokio::test]
async fn a_key_is_told_as_the_same_effect_for_the_same_caller_and_row() {
    let world = World::open(ROWS).await;
    let key = async |path: &str, subject: &str, key: &str| {
        let token = Token { subject, ..Token::default() }.signed();
        let ask = world.post(path, &json!({ "name": "n" })).bearer(&token).header("idempotency-key", key);
        seen(ask).await["idempotency-key"].as_str().unwrap().to_owned()
    };
    let first = key("/own", "u-1", "k").await;
    assert_eq!(key("/own", "u-1", "k").await, first);
    for (path, subject, sent) in
        [("/other", "u-1", "k"), ("/own", "u-2", "k"), ("/own", "u-1", "l"), ("/grpc", "u-1", "k")]
    {
        assert_ne!(key(path, subject, sent).await, first, "{path} {subject} {sent}");
    }
    // A public row may know its caller or not yet: that makes no other effect of it.
    let open = key("/open", "u-1", "k").await;
    assert_eq!(key("/open", "u-2", "k").await, open);
    let nobody = world.post("/open", &json!({ "name": "n" })).header("idempotency-key", "k");
    assert_eq!(seen(nobody).await["idempotency-key"], open);
    let token = Token::default().signed();
    for wrong in ["", "a b", &"k".repeat(256)] {
        let answer = world.post("/own", &json!({})).bearer(&token).header("idempotency-key", wrong).send().await;
        assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (400, &json!("Idempotency-Key")), "{wrong}");
    }
}
