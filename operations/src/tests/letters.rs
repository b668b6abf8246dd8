//! Letters over HTTP: found, shown, edited, and by whom.

use serde_json::{Value, json};

use super::issuer::Token;
use super::work::{QUEUE, Work};
use super::world::World;

pub(super) async fn letters_are_found_by_what_they_have_in_common_page_by_page(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    for number in 0..3 {
        work.publish("work.done", &format!(r#"{{"name":"Ada {number}"}}"#)).await;
    }
    let other = work.publish("work.begun", r#"{"name":"100%"}"#).await;
    instance.until_letters("state=dead", 4).await;
    let groups = instance.get("/v1/admin/dead-letters/groups?service=work").await.expect(200);
    let groups = groups["groups"].as_array().unwrap().clone();
    assert_eq!(groups.len(), 2, "{groups:?}");
    let group = &groups[0];
    assert_eq!((&group["kind"], &group["count"], &group["queue"]), (&json!("work.done"), &json!(3), &json!(QUEUE)));
    assert_eq!(group["cause"], "no such user '…'", "ids are no part of it");
    assert!(group["first"].as_str().unwrap() <= group["last"].as_str().unwrap());
    for (query, count) in [
        ("kind=work.done&cause=no%20such%20user%20%27%E2%80%A6%27", 3),
        ("text=ADA%20", 3),
        ("text=100%25", 1),
        ("text=1_0", 0),
        ("queue=v1.work.other", 0),
        ("since=2999-01-01T00:00:00Z", 0),
        ("until=2999-01-01T00:00:00Z&state=dead&service=work", 4),
        ("state=replayed", 0),
    ] {
        assert_eq!(instance.letters(query).await.len(), count, "{query}");
    }
    assert_eq!(instance.letters(&format!("text={}", other.id)).await.len(), 1);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = instance.get(&format!("/v1/admin/dead-letters?limit=3&cursor={cursor}")).await.expect(200);
        seen.extend(page["letters"].as_array().unwrap().iter().map(|letter| letter["id"].to_string()));
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert!(seen.len() == 4 && seen.windows(2).all(|pair| pair[0] > pair[1]), "the latest first: {seen:?}");
    let wrong = instance.get("/v1/admin/dead-letters?knd=x").await.expect(400);
    assert_eq!(wrong["errors"][0]["field"], "knd", "{wrong}");
}

pub(super) async fn a_letter_is_shown_with_all_that_is_known_of_it(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    let event = work.publish("work.done", r#"{"n":12345678901234567890123}"#).await;
    let letters = instance.until_letters("", 1).await;
    assert!(letters[0].get("body").is_none());
    let path = format!("/v1/admin/dead-letters/{}", letters[0]["id"].as_str().unwrap());
    let shown = instance.get(&path).await.expect(200);
    for (field, expected) in [
        ("event_id", json!(event.id)),
        ("kind", json!("work.done")),
        ("queue", json!(QUEUE)),
        ("subject", json!("ada")),
        ("attempts", json!(1)),
        ("deaths", json!(1)),
        ("state", json!("dead")),
        ("reason", json!(format!("no such user '{}'", event.id))),
        ("trace_id", json!(event.trace.trace_id())),
        ("is_json", json!(true)),
        ("body", serde_json::from_str(r#"{"n":12345678901234567890123}"#).unwrap()),
        ("identity", json!({"subject": "ada", "roles": ["user"]})),
    ] {
        assert_eq!(shown[field], expected, "{field}");
    }
    assert_eq!(shown["headers"]["traceparent"], event.trace.to_string());
    for unknown in ["0190b0c8-0000-7000-8000-000000000000", "x"] {
        instance.get(&format!("/v1/admin/dead-letters/{unknown}")).await.expect(404);
    }
}

pub(super) async fn an_edited_copy_takes_the_place_of_its_original(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    let event = work.publish("work.done", "{}").await;
    let original = instance.until_letters("", 1).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/admin/dead-letters/{original}/edited");
    for (body, field) in [(json!({"bdy": 1}), "bdy"), (json!({"body": 1, "kind": "a b"}), "kind")] {
        let refused = instance.post(&path, body).await.expect(400);
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
    let copy = instance.post(&path, json!({"body": {"mended": true}, "kind": "work.mended"})).await.expect(201);
    assert_ne!(copy["event_id"], event.id);
    assert_eq!((&copy["state"], &copy["replaces"]), (&json!("dead"), &json!(original)));
    let replaced = instance.get(&format!("/v1/admin/dead-letters/{original}")).await.expect(200);
    assert_eq!((&replaced["state"], &replaced["replaced_by"]), (&json!("replaced"), &copy["id"]));
    instance.post(&path, json!({"body": {}})).await.expect(409);
    work.mend(true);
    let ended = instance.done(json!({"kind": "replay", "ids": [original, copy["id"]]})).await;
    assert_eq!((&ended["done"], &ended["skipped"]), (&json!(1), &json!(1)), "the copy alone: {ended}");
    let handled = super::world::eventually("it is handled", async || work.handled().pop()).await;
    assert_eq!((handled.id.as_str(), &*handled.kind), (copy["event_id"].as_str().unwrap(), "work.mended"));
    assert_eq!((&*handled.body, handled.identity), (&br#"{"mended":true}"#[..], event.identity));
}

pub(super) async fn nobody_but_an_admin_looks_or_acts(world: World) {
    let instance = world.instance().await;
    let user = Token::default().signed();
    let forged = Token { roles: &["admin"], ..Token::default() }.signed_by(2);
    let id = "0190b0c8-0000-7000-8000-000000000000";
    for (method, path) in [
        ("GET", "/v1/admin/dead-letters".to_owned()),
        ("GET", "/v1/admin/dead-letters/groups".to_owned()),
        ("GET", format!("/v1/admin/dead-letters/{id}")),
        ("POST", format!("/v1/admin/dead-letters/{id}/edited")),
        ("POST", "/v1/admin/operations".to_owned()),
        ("GET", "/v1/admin/operations".to_owned()),
        ("GET", format!("/v1/admin/operations/{id}")),
        ("DELETE", format!("/v1/admin/operations/{id}")),
    ] {
        for (token, status) in [(None, 401), (Some(&user), 403), (Some(&forged), 401)] {
            let answer = instance.send_as(token.map(String::as_str), method, &path, Value::Null).await;
            assert_eq!(answer.status, status, "{method} {path} {answer:?}");
        }
    }
}
