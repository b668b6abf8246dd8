//! What is done with letters: replayed, discarded, purged; at a rate, until stopped, and by whom.

use bus::Event;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::work::{SERVICE, Work};
use super::world::{Instance, World, eventually};

fn counts(operation: &Value) -> [i64; 3] {
    ["done", "failed", "skipped"].map(|count| operation[count].as_i64().unwrap())
}

/// How often each event was handled.
fn often(work: &Work) -> Vec<usize> {
    let mut ids: Vec<_> = work.handled().into_iter().map(|event| event.id).collect();
    ids.sort();
    ids.chunk_by(|one, other| one == other).map(<[String]>::len).collect()
}

pub(super) async fn a_replayed_letter_has_its_effect_once_however_often_it_is_replayed(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    work.publish_many(5).await;
    instance.until_letters("state=dead", 5).await;
    work.mend(true);
    let asked = json!({"kind": "replay", "filter": {"service": SERVICE}});
    // Both at once, and once more afterwards by their ids.
    let (one, other) = (instance.begin(asked.clone()).await, instance.begin(asked).await);
    let (one, other) = (instance.ended(&one).await, instance.ended(&other).await);
    assert_eq!((&one["state"], &other["state"]), (&json!("done"), &json!("done")));
    assert_eq!(counts(&one)[0] + counts(&other)[0], 5, "{one} {other}");
    let replayed = instance.until_letters("state=replayed", 5).await;
    let ids: Vec<_> = replayed.iter().map(|letter| letter["id"].clone()).collect();
    let again = instance.done(json!({"kind": "replay", "ids": ids, "force": true})).await;
    assert_eq!(counts(&again), [0, 0, 5]);
    assert_eq!(again["letters"][0]["detail"], "it is replayed");
    eventually("all are handled", async || (work.handled().len() >= 5).then_some(())).await;
    assert_eq!(often(&work), [1; 5]);
}

pub(super) async fn what_dies_again_after_its_replay_is_dead_again(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    let event = work.publish("work.done", "{}").await;
    instance.until_letters("state=dead", 1).await;
    let ended = instance.done(json!({"kind": "replay", "filter": {}})).await;
    assert_eq!(counts(&ended), [1, 0, 0]);
    eventually("it has died twice", async || {
        let letters = instance.letters("state=dead").await;
        letters.first().filter(|letter| letter["deaths"] == 2 && letter["event_id"] == event.id).map(drop)
    })
    .await;
    work.mend(true);
    instance.done(json!({"kind": "replay", "filter": {}})).await;
    eventually("it is handled", async || (work.handled().len() == 1).then_some(())).await;
    instance.until_letters("state=replayed", 1).await;
}

pub(super) async fn what_cannot_be_replayed_is_left_out_with_its_reason(world: World) {
    let (work, instance, door) = (Work::start(&world.bus).await, world.instance().await, world.door().await);
    work.mend(true);
    let old = Event { time: Utc::now() - TimeDelta::days(31), ..Event::new("work.old", "/test", "{}") };
    let lost = Event::new("work.lost", "/test", "{}");
    for (event, queue) in [(&old, "v1.work.store"), (&lost, "v1.work.gone")] {
        let dead =
            bus::DeadLetter { reason: "x".to_owned(), queue: queue.to_owned(), attempts: 7, at: Some(Utc::now()) };
        let delivery = bus::Delivery { event: event.clone(), attempt: 1, redelivered: false, dead: Some(dead) };
        crate::drain::keep(&door, SERVICE, &[delivery]).await.unwrap();
    }
    let ended = instance.done(json!({"kind": "replay", "filter": {}})).await;
    assert_eq!((counts(&ended), &ended["state"]), ([0, 1, 1], &json!("failed")), "{ended}");
    assert_eq!(ended["error"], "there is no queue 'v1.work.gone' any more");
    let told = ended["letters"].to_string();
    assert!(told.contains("older than 28 days") && told.contains("no queue"), "{told}");
    assert_eq!(instance.letters("state=dead").await.len(), 2);
    let ended = instance.done(json!({"kind": "replay", "filter": {"kind": "work.old"}, "force": true})).await;
    assert_eq!(counts(&ended), [1, 0, 0]);
    eventually("it is handled", async || (work.handled().len() == 1).then_some(())).await;
}

pub(super) async fn letters_are_discarded_and_purged_in_this_order(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    work.publish_many(3).await;
    let letters = instance.until_letters("state=dead", 3).await;
    let all: Vec<_> = letters.iter().map(|letter| letter["id"].clone()).collect();
    let purged = instance.done(json!({"kind": "purge", "filter": {}})).await;
    assert_eq!(purged["total"], 0, "what is dead is not meant: {purged}");
    let discarded = instance.done(json!({"kind": "discard", "ids": [all[0]]})).await;
    assert_eq!(counts(&discarded), [1, 0, 0]);
    let purged = instance.done(json!({"kind": "purge", "ids": all})).await;
    assert_eq!(counts(&purged), [1, 0, 2], "{purged}");
    assert!(purged["letters"][0]["detail"].as_str().unwrap().contains("discard it first"), "{purged}");
    instance.get(&format!("/v1/admin/dead-letters/{}", all[0].as_str().unwrap())).await.expect(404);
    let purged = instance.done(json!({"kind": "purge", "filter": {}, "force": true})).await;
    assert_eq!(counts(&purged), [2, 0, 0]);
    assert!(instance.letters("").await.is_empty());
}

pub(super) async fn an_operation_keeps_to_its_rate_and_can_be_stopped(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    work.publish_many(60).await;
    instance.until_letters("state=dead", 60).await;
    work.mend(true);
    let began = std::time::Instant::now();
    let id = instance.begin(json!({"kind": "replay", "filter": {}, "rate": 20})).await;
    let path = format!("/v1/admin/operations/{id}");
    eventually("some are done", async || {
        let operation = instance.get(&path).await.expect(200);
        (counts(&operation)[0] >= 20).then_some(())
    })
    .await;
    // The first of them are done at once, the others in their turn.
    assert!(began.elapsed() >= std::time::Duration::from_millis(700), "too fast: {:?}", began.elapsed());
    let stopped = instance.delete(&path).await.expect(200);
    assert_eq!(stopped["state"], "stopped", "{stopped}");
    assert_eq!(instance.delete(&path).await.expect(200)["state"], "stopped", "stopping it twice is no mistake");
    until_let_go(&world, &id).await;
    let done = counts(&instance.get(&path).await.expect(200))[0];
    assert!((20..60).contains(&done), "{done}");
    let replayed = instance.letters("state=replayed").await.len();
    assert_eq!((replayed, instance.letters("state=dead").await.len()), (done as usize, 60 - done as usize));
    instance.delete("/v1/admin/operations/0190b0c8-0000-7000-8000-000000000000").await.expect(404);
}

/// Nobody works on it any more.
async fn until_let_go(world: &World, id: &str) {
    let door = world.door().await;
    eventually("it is let go", async || {
        let held = door.db.query("SELECT id FROM operations WHERE id = $1 AND lease IS NULL").bind(id.to_owned());
        held.fetch_optional::<(String,)>().await.unwrap()
    })
    .await;
}

pub(super) async fn what_was_discarded_is_replayed_by_force_alone(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    work.publish("work.done", "{}").await;
    let id = instance.until_letters("state=dead", 1).await[0]["id"].clone();
    work.mend(true);
    assert_eq!(counts(&instance.done(json!({"kind": "discard", "ids": [id]})).await), [1, 0, 0]);
    let without = instance.done(json!({"kind": "replay", "ids": [id]})).await;
    assert_eq!((counts(&without), &without["letters"][0]["detail"]), ([0, 0, 1], &json!("it is discarded")));
    let forced = instance.done(json!({"kind": "replay", "filter": {"state": "discarded"}, "force": true})).await;
    assert_eq!(counts(&forced), [1, 0, 0], "{forced}");
    eventually("it is handled", async || (work.handled().len() == 1).then_some(())).await;
}

pub(super) async fn an_empty_word_means_no_letter_rather_than_all_of_them(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    work.publish("work.done", "{}").await;
    instance.until_letters("state=dead", 1).await;
    for word in ["service", "queue", "kind", "cause", "text"] {
        for kind in ["discard", "purge"] {
            let asked = json!({"kind": kind, "filter": {word: ""}, "force": true});
            let refused = instance.post("/v1/admin/operations", asked).await.expect(400);
            assert_eq!(refused["errors"][0]["field"], format!("filter.{word}"), "{refused}");
        }
        let refused = instance.get(&format!("/v1/admin/dead-letters?{word}=")).await.expect(400);
        assert_eq!(refused["errors"][0]["field"], word, "{refused}");
    }
    instance.until_letters("state=dead", 1).await;
}

pub(super) async fn what_is_asked_for_wrongly_names_its_field(world: World) {
    let instance = world.instance().await;
    let id = "0190b0c8-0000-7000-8000-000000000000";
    for (asked, field) in [
        (json!({"kind": "replay"}), "ids"),
        (json!({"kind": "replay", "ids": [id], "filter": {}}), "ids"),
        (json!({"kind": "replay", "ids": []}), "ids"),
        (json!({"kind": "replay", "ids": [id]}), "ids"),
        (json!({"kind": "replay", "ids": ["x"]}), "ids[0]"),
        (json!({"kind": "reply", "filter": {}}), "kind"),
        (json!({"kind": "replay", "filter": {}, "rate": 0}), "rate"),
        (json!({"kind": "replay", "filter": {"stat": "dead"}}), "filter.stat"),
        (json!({"kind": "replay", "filter": {"since": "yesterday"}}), "filter.since"),
    ] {
        let refused = instance.post("/v1/admin/operations", asked.clone()).await.expect(400);
        assert_eq!(refused["errors"][0]["field"], field, "{asked} {refused}");
    }
    let none = instance.get("/v1/admin/operations").await.expect(200);
    assert_eq!(none["operations"], json!([]), "nothing is left of what was refused");
}

pub(super) async fn every_act_is_audited(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    let audit = Audit::start(&world).await;
    work.publish_many(2).await;
    let letters = instance.until_letters("state=dead", 2).await;
    let path = format!("/v1/admin/dead-letters/{}/edited", letters[0]["id"].as_str().unwrap());
    instance.post(&path, json!({"body": {"secret": "of the body"}})).await.expect(201);
    let ended = instance.done(json!({"kind": "discard", "filter": {}})).await;
    assert_eq!((counts(&ended), &ended["who"]), ([2, 0, 0], &json!("boss")));
    let kinds = ["audit.operations.edited", "audit.operations.discard", "audit.operations.ended"];
    let entries = eventually("all is told", async || {
        let entries = audit.entries();
        kinds.iter().all(|kind| entries.iter().any(|entry| entry["name"] == *kind)).then_some(entries)
    })
    .await;
    for entry in &entries {
        let data: Value = serde_json::from_str(entry["data"].as_str().unwrap()).unwrap();
        assert_eq!(data["actor"], "boss", "{entry}");
        assert!(!entry.to_string().contains("of the body"), "{entry}");
    }
    until_stopped_is_told(&instance, &work, &audit).await;
}

async fn until_stopped_is_told(instance: &Instance, work: &Work, audit: &Audit) {
    work.publish_many(30).await;
    instance.until_letters("state=dead", 30).await;
    let id = instance.begin(json!({"kind": "discard", "filter": {}, "rate": 1})).await;
    instance.delete(&format!("/v1/admin/operations/{id}")).await.expect(200);
    eventually("the stop is told", async || {
        let entries = audit.entries();
        entries.iter().any(|entry| entry["name"] == "audit.operations.stopped").then_some(())
    })
    .await;
}

/// What reaches the audit.
struct Audit {
    entries: std::sync::Arc<std::sync::Mutex<Vec<Value>>>,
    _running: tokio_util::sync::DropGuard,
}

impl Audit {
    async fn start(world: &World) -> Self {
        let queue = bus::WorkQueue::new("audit", "store", ["audit.#"]);
        world.bus.declare(std::slice::from_ref(&queue)).await.unwrap();
        let entries = std::sync::Arc::<std::sync::Mutex<Vec<Value>>>::default();
        let kept = entries.clone();
        let handler: bus::Handler = std::sync::Arc::new(move |deliveries: Vec<bus::Delivery>| {
            let outcomes = deliveries.iter().map(|delivery| {
                kept.lock().unwrap().push(serde_json::from_slice(&delivery.event.body).unwrap());
                bus::Outcome::Done
            });
            let outcomes = outcomes.collect();
            Box::pin(std::future::ready(outcomes))
        });
        let stop = tokio_util::sync::CancellationToken::new();
        let (bus, stopped) = (world.bus.clone(), stop.clone());
        tokio::spawn(async move { bus.subscribe(bus::Subscription::new(queue), handler, stopped).await });
        Self { entries, _running: stop.drop_guard() }
    }

    fn entries(&self) -> Vec<Value> {
        self.entries.lock().unwrap().clone()
    }
}
