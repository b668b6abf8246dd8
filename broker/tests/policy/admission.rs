//! Each kind of row against each kind of caller, by path, by action and where bodies stream through.

use mesh::identity::{INSUFFICIENT_SCOPE, INVALID_TOKEN};
use serde_json::json;

use crate::client::{Answer, Ask};
use crate::issuer::{API_KEY, Token};
use crate::world::{Place, World, challenge};

/// One row of each kind: an http line, a row by action, a raw line.
fn rows() -> String {
    let row = |auth: &str| {
        format!(
            "[[route]]\non = \"POST /{auth}\"\naction = \"do-{auth}\"\ncall = \"http other POST /x\"\nauth = \"{auth}\"\n\
             [[route]]\non = \"ANY /raw-{auth}/{{*path}}\"\ncall = \"http other\"\nauth = \"{auth}\"\n"
        )
    };
    ["public", "local", "user", "admin"].map(row).concat()
}

#[derive(Debug, Clone, Copy)]
enum Who {
    Nobody,
    Basic,
    User,
    Admin,
    Machine,
    Garbage,
    Forged,
    Expired,
    Revoked,
    UnknownKey,
    Twice,
}

impl Who {
    const ALL: [Self; 11] = [
        Self::Nobody,
        Self::Basic,
        Self::User,
        Self::Admin,
        Self::Machine,
        Self::Garbage,
        Self::Forged,
        Self::Expired,
        Self::Revoked,
        Self::UnknownKey,
        Self::Twice,
    ];

    fn on(self, ask: Ask) -> Ask {
        let token = Token::default();
        match self {
            Self::Nobody => ask,
            Self::Basic => ask.header("authorization", "Basic dTpw"),
            Self::User => ask.bearer(&token.signed()),
            Self::Admin => ask.bearer(&Token { roles: &["user", "admin"], ..token }.signed()),
            Self::Machine => ask.bearer(API_KEY),
            Self::Garbage => ask.bearer("a.b.c"),
            Self::Forged => ask.bearer(&token.signed_by(2)),
            Self::Expired => ask.bearer(&Token { expires: -60, ..token }.signed()),
            Self::Revoked => ask.bearer(&Token { session: "s-revoked", roles: &["admin"], ..token }.signed()),
            Self::UnknownKey => ask.bearer("sbk_unknown"),
            Self::Twice => ask.bearer(&token.signed()).bearer(&token.signed()),
        }
    }

    /// What a row that wants this role, or anybody who is somebody, answers.
    fn expected(self, role: Option<&str>) -> (u16, Option<&'static str>) {
        match self {
            Self::Nobody | Self::Basic => (401, Some("Bearer")),
            Self::Admin => (200, None),
            Self::User | Self::Machine if role.is_some() => (403, Some(INSUFFICIENT_SCOPE)),
            Self::User | Self::Machine => (200, None),
            Self::Garbage | Self::Forged | Self::Expired | Self::Revoked | Self::UnknownKey | Self::Twice => {
                (401, Some(INVALID_TOKEN))
            }
        }
    }
}

/// The three ways to one kind of row.
fn ways(world: &World, auth: &str) -> [Ask; 3] {
    let action = json!({ "action": format!("do-{auth}") });
    [
        world.post(&format!("/{auth}"), &json!({})),
        world.post("/handle", &action),
        world.post(&format!("/raw-{auth}/x"), &json!({})),
    ]
}

fn is_problem(answer: &Answer) -> bool {
    let problem = if answer.body["error"] == true { &answer.body["data"] } else { &answer.body };
    problem["status"] == answer.status && problem["trace_id"].is_string()
}

async fn check(world: &World, auth: &str, expected: impl Fn(Who) -> (u16, Option<&'static str>)) {
    for who in Who::ALL {
        for (way, ask) in ways(world, auth).into_iter().enumerate() {
            let answer = who.on(ask).send().await;
            assert_eq!((answer.status, challenge(&answer)), expected(who), "{who:?} at {auth}, way {way}: {answer:?}");
            assert!(answer.status == 200 || is_problem(&answer), "{answer:?}");
        }
    }
}

async fn with_one_revoked(place: Place) -> World {
    let world = World::at(place, &rows()).await;
    world.issuer.revoke("s-revoked");
    let refused = || async { Who::Revoked.on(world.post("/user", &json!({}))).send().await.status == 401 };
    world.eventually("the revocation", refused).await;
    world
}

#[tokio::test]
async fn who_may_call_is_said_by_the_row() {
    let world = with_one_revoked(Place::default()).await;
    check(&world, "public", |_| (200, None)).await;
    check(&world, "local", |_| (200, None)).await;
    check(&world, "user", |who| who.expected(None)).await;
    check(&world, "admin", |who| who.expected(Some("admin"))).await;
}

#[tokio::test]
async fn local_is_for_users_where_others_may_reach_it() {
    let bound_open = Place { is_open: true, ..Place::default() };
    let production = Place { is_production: true, ..Place::default() };
    for place in [bound_open, production] {
        let world = with_one_revoked(place).await;
        check(&world, "local", |who| who.expected(None)).await;
        check(&world, "public", |_| (200, None)).await;
    }
}

#[tokio::test]
async fn what_a_proxy_on_this_machine_brings_is_not_local() {
    let world = World::open(&rows()).await;
    for header in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        let answer = world.post("/local", &json!({})).header(header, "127.0.0.1").send().await;
        assert_eq!(answer.status, 401, "{header}");
    }
}

#[tokio::test]
async fn administrators_need_revocations_that_are_heard_of_and_users_do_not() {
    let world = World::open(&rows()).await;
    let ask = |auth: &str| Who::Admin.on(world.post(&format!("/{auth}"), &json!({})));
    world.eventually("the first revocations", || async { ask("admin").send().await.status == 200 }).await;
    world.issuer.set_silent(true);
    world.eventually("503", || async { ask("admin").send().await.status == 503 }).await;
    let refused = ask("admin").send().await;
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    assert_eq!(ask("user").send().await.status, 200);
    assert_eq!(Who::User.on(world.post("/admin", &json!({}))).send().await.status, 403);
    let health = world.get("/health/ready").send().await;
    assert_eq!((health.status, &health.body["degraded"]["issuers"]), (200, &json!("issuer switchboard is silent")));
    world.issuer.set_silent(false);
    world.eventually("200", || async { ask("admin").send().await.status == 200 }).await;
    world
        .eventually("good health", || async {
            world.get("/health/ready").send().await.body["degraded"].get("issuers").is_none()
        })
        .await;
}

#[tokio::test]
async fn a_changed_table_still_believes_whom_it_lists_and_tells_who_is_silent() {
    let world = World::open(&rows()).await;
    let ask = || async { Who::User.on(world.post("/user", &json!({}))).send().await.status };
    assert_eq!(ask().await, 200);
    world.change(&format!(
        "[issuers.other]\njwks = \"http://localhost:1/\"\nissuer = \"o\"\naudience = \"o\"\n{}",
        rows()
    ));
    world
        .eventually("the changed table", || async {
            let health = world.get("/health/ready").send().await.body["degraded"]["issuers"].to_string();
            health.contains("issuer other is silent")
        })
        .await;
    assert_eq!(ask().await, 200);
}
