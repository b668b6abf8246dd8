//! Sessions: renewed with a new token each time, ended by hand, by a stolen token, or with everything else; and what
//! goes on while the authenticator is away.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Mesh, Person, SignedIn, eventually};

over_every_way! {
    sessions_are_renewed_listed_and_ended
    a_browser_keeps_its_session_in_a_cookie
    without_the_authenticator_users_go_on_and_admins_wait
}

/// What is promised, with room for a machine that does other things too.
const REFUSED_WITHIN: Duration = Duration::from_secs(5);
const ROOM: Duration = Duration::from_secs(10);

async fn sessions_are_renewed_listed_and_ended(mesh: &mut Mesh) {
    let person = Person::new("ada");
    person.register(mesh).await.expect(201);
    renewal_has_one_successor(mesh, &person).await;
    a_stolen_token_ends_its_family(mesh, &person).await;
    signing_out_ends_tails_too(mesh, &person).await;
    one_by_one_and_all_at_once(mesh, &person).await;
}

async fn refresh(client: &Client, token: &str) -> Answer {
    client.stranger().post("/v1/sessions/refresh", &json!({"refresh_token": token})).await
}

async fn renewed(mesh: &Mesh, token: &str) -> SignedIn {
    let answer = refresh(mesh, token).await;
    answer.done();
    SignedIn::from(&answer, mesh)
}

/// Two tabs that renew at once, or a tab whose answer was lost, are given the same next token.
async fn renewal_has_one_successor(mesh: &Mesh, person: &Person) {
    let first = person.signed_in(mesh).await;
    let tabs = futures::future::join_all((0..4).map(|_| renewed(mesh, &first.refresh))).await;
    for tab in &tabs {
        assert_ne!(tab.refresh, first.refresh);
        assert_eq!(tab.refresh, tabs[0].refresh, "all tabs go on with one token");
        tab.client.get("/v1/me").await.expect(200);
    }
    let next = renewed(mesh, &tabs[0].refresh).await;
    assert_eq!(renewed(mesh, &tabs[0].refresh).await.refresh, next.refresh, "a lost answer is given again");
    refresh(mesh, "nonsense").await.problem(401);
    let mut altered = next.refresh.clone().into_bytes();
    altered[5] = if altered[5] == b'A' { b'B' } else { b'A' };
    refresh(mesh, &String::from_utf8(altered).unwrap()).await.problem(401);
    renewed(mesh, &next.refresh).await;
}

/// An older token than the one before can only come from somebody who kept it.
async fn a_stolen_token_ends_its_family(mesh: &Mesh, person: &Person) {
    let stolen = person.signed_in(mesh).await;
    let mut owner = renewed(mesh, &stolen.refresh).await;
    owner = renewed(mesh, &owner.refresh).await;
    refresh(mesh, &stolen.refresh).await.problem(401);
    refresh(mesh, &owner.refresh).await.problem(401);
    refused_in_time(&owner.client).await;
    person.signed_in(mesh).await;
}

async fn signing_out_ends_tails_too(mesh: &Mesh, person: &Person) {
    let (leaving, staying) = (person.signed_in(mesh).await, person.signed_in(mesh).await);
    let mut tail = leaving.client.open("/v1/logs/tail?name=left", "application/x-ndjson").await;
    let mut other = staying.client.open("/v1/logs/tail?name=left", "application/x-ndjson").await;
    leaving.client.delete("/v1/sessions/current").await.done();
    refused_in_time(&leaving.client).await;
    let told = tail.within(ROOM).await.expect("the stream tells why it ends");
    assert!(told.contains("unauthenticated"), "{told}");
    assert_eq!(tail.within(ROOM).await, None, "the stream ends with its session");
    refresh(mesh, &leaving.refresh).await.problem(401);
    mesh.post("/v1/logs", &json!({"name": "left", "data": "after"})).await.expect(201);
    other.with("after").await;
    // By the refresh token alone, as a client does whose access token has run out.
    let body = json!({"refresh_token": staying.refresh}).to_string();
    let stranger = mesh.stranger();
    let left = stranger.send(stranger.request(Method::DELETE, "/v1/sessions/current"), body).await;
    left.done();
    refused_in_time(&staying.client).await;
}

async fn one_by_one_and_all_at_once(mesh: &Mesh, person: &Person) {
    let [one, two, here] = [(); 3].map(|()| person.signed_in(mesh));
    let (one, two, here) = (one.await, two.await, here.await);
    let list = sessions(&here.client).await;
    assert!(list.len() >= 3, "{list:?}");
    for session in &list {
        for member in ["id", "device", "address", "last_seen_at"] {
            assert!(session[member].is_string(), "no {member} in {session}");
        }
    }
    assert_eq!(list.iter().filter(|it| it["current"] == true).count(), 1, "{list:?}");
    let stranger = Person::new("eve");
    stranger.register(mesh).await.expect(201);
    let eve = stranger.signed_in(mesh).await;
    let of_one = sessions(&one.client).await.into_iter().find(|it| it["current"] == true).unwrap();
    let path = format!("/v1/sessions/{}", of_one["id"].as_str().unwrap());
    eve.client.delete(&path).await.problem(404);
    here.client.delete(&path).await.done();
    refused_in_time(&one.client).await;
    two.client.get("/v1/me").await.expect(200);
    let all = here.client.delete("/v1/sessions").await;
    all.done();
    refused_in_time(&two.client).await;
    eve.client.get("/v1/me").await.expect(200);
}

async fn sessions(client: &Client) -> Vec<Value> {
    client.get("/v1/sessions").await.expect(200)["sessions"].as_array().unwrap().clone()
}

/// By a door that only hears of it: one that reads logs.
async fn refused_in_time(client: &Client) {
    let began = Instant::now();
    let refused = eventually("the session is refused", async || {
        let answer = client.get("/v1/logs?limit=1").await;
        (answer.status != 200).then_some(answer)
    });
    refused.await.problem(401);
    assert!(began.elapsed() < REFUSED_WITHIN + ROOM, "refused only after {:?}", began.elapsed());
}

async fn a_browser_keeps_its_session_in_a_cookie(mesh: &mut Mesh) {
    let person = Person::new("ada");
    person.register(mesh).await.expect(201);
    let broker = mesh.stranger();
    let origin = broker.url("");
    let sign_in = async |origin: &str| {
        let mut body = person.credentials();
        body["browser"] = json!(true);
        broker.send(broker.request(Method::POST, "/v1/sessions").header("origin", origin), body.to_string()).await
    };
    let elsewhere = sign_in("https://evil.example").await;
    assert_eq!(elsewhere.status, 403, "{elsewhere:?}");
    let answer = sign_in(&origin).await;
    answer.done();
    assert!(answer.json().get("refresh_token").is_none(), "{answer:?}");
    let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
    for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/v1/sessions"] {
        assert!(cookie.contains(attribute), "no {attribute} in {cookie}");
    }
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let with = async |method: Method, path: &str, origin: &str| {
        let request = broker.request(method, path).header("origin", origin).header("cookie", &cookie);
        broker.send(request, "").await
    };
    let elsewhere = with(Method::POST, "/v1/sessions/refresh", "https://evil.example").await;
    assert_eq!(elsewhere.status, 403, "{elsewhere:?}");
    let renewed = with(Method::POST, "/v1/sessions/refresh", &origin).await;
    let access = renewed.expect(200)["access_token"].as_str().unwrap().to_owned();
    broker.bearing(&access).get("/v1/me").await.expect(200);
    let left = with(Method::DELETE, "/v1/sessions/current", &origin).await;
    left.done();
    assert!(left.header("set-cookie").is_some_and(|it| it.contains("Max-Age=0")), "{left:?}");
    refused_in_time(&broker.bearing(&access)).await;
}

async fn without_the_authenticator_users_go_on_and_admins_wait(mesh: &mut Mesh) {
    let person = Person::new("ada");
    person.register(mesh).await.expect(201);
    let user = person.signed_in(mesh).await;
    user.client.get("/v1/logs").await.expect(200);
    mesh.get("/v1/audit").await.expect(200);
    mesh.stop_service("authenticator").await;
    let refused = eventually("admins are asked to wait", async || {
        let answer = mesh.get("/v1/audit").await;
        (answer.status != 200).then_some(answer)
    });
    let refused = refused.await;
    refused.problem(503);
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    user.client.get("/v1/logs").await.expect(200);
    mesh.get("/v1/logs").await.expect(200);
    user.client.get("/v1/me").await.problem(503);
    let degraded = eventually("health tells of the silent issuer", async || {
        let health = mesh.get("/health/ready").await.expect(200);
        health["degraded"].to_string().contains("is silent").then_some(health)
    });
    assert!(degraded.await["degraded"].to_string().contains("switchboard"));
    mesh.start_service("authenticator").await;
    eventually("admins are let in again", async || (mesh.get("/v1/audit").await.status == 200).then_some(())).await;
    user.client.get("/v1/me").await.expect(200);
}
