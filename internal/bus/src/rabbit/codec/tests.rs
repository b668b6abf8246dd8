//! What survives the way over the wire, what a copy keeps, and what is said of a message that is no event.

use super::*;

fn raw(properties: BasicProperties) -> Raw {
    let mut raw = Raw::mock(1, "events".into(), "delay-changed-it".into(), false, b"{}".to_vec());
    raw.properties = properties;
    raw
}

fn event_with_all() -> Event {
    let mut event = Event::new("log.INFO", "/broker", "{}");
    event.subject = Some("user-1".to_owned());
    let (subject, roles) = ("ü".to_owned(), vec!["user".to_owned()]);
    event.identity = Some(Identity { subject, roles, session: Some("s".to_owned()) });
    event
}

#[test]
fn an_event_survives_the_way_over_the_wire() {
    let sent = event_with_all();
    let received = event(&raw(properties(&sent).unwrap())).unwrap();
    assert_eq!(received.time.timestamp_millis(), sent.time.timestamp_millis());
    assert_eq!(Event { time: sent.time, ..received }, sent);
}

#[test]
fn an_event_is_persistent_and_never_expires() {
    let properties = properties(&event_with_all()).unwrap();
    assert_eq!((properties.delivery_mode(), properties.expiration()), (&Some(PERSISTENT), &None));
}

#[test]
fn what_is_not_an_event_says_what_is_missing() {
    let good = properties(&event_with_all()).unwrap();
    let without = |name: &str| {
        let mut headers = good.headers().clone().unwrap();
        let rest = headers.inner().iter().filter(|(key, _)| key.as_str() != name);
        headers =
            rest.map(|(key, value)| (key.clone(), value.clone())).collect::<std::collections::BTreeMap<_, _>>().into();
        BasicProperties::default().with_headers(headers)
    };
    assert_eq!(event(&raw(without(ID))).unwrap_err(), "unreadable: it has no id");
    assert_eq!(event(&raw(without(TYPE))).unwrap_err(), "unreadable: it has no cloudEvents:type");
    assert_eq!(event(&raw(without(TIME))).unwrap_err(), "unreadable: it has no cloudEvents:time");
    assert_eq!(event_at_best(&raw(without(TYPE))).body, "{}");
}

#[test]
fn an_identity_that_cannot_be_read_is_not_taken_for_nobody() {
    let good = properties(&event_with_all()).unwrap();
    for bad in [text("{}"), text("root"), AMQPValue::LongInt(1)] {
        let mut headers = good.headers().clone().unwrap();
        headers.insert(IDENTITY.into(), bad);
        let raw = raw(good.clone().with_headers(headers));
        assert_eq!(event(&raw).unwrap_err(), "unreadable: its identity is not one");
        assert_eq!(event_at_best(&raw).identity, None);
    }
}

#[test]
fn a_copy_keeps_the_event_and_leaves_behind_what_the_server_wrote() {
    let sent = event_with_all();
    let mut headers = properties(&sent).unwrap().headers().clone().unwrap();
    for name in ["x-death", "x-first-death-queue", DELIVERY_COUNT, "CC"] {
        headers.insert(name.into(), AMQPValue::LongInt(3));
    }
    let original = raw(properties(&sent).unwrap().with_headers(headers).with_expiration("5".into()));
    let copy = raw(retried(&original));
    assert_eq!(event(&copy).unwrap().id, sent.id);
    assert_eq!(event(&copy).unwrap().identity, sent.identity);
    assert_eq!((attempt(&copy), delivery_count(&copy), was_seen(&copy)), (2, 0, true));
    assert!(copy.properties.expiration().is_none());
    assert!(!headers_of(&copy).any(|(name, _)| name.as_str().starts_with("x-death") || name.as_str() == "CC"));
    assert_eq!(attempt(&raw(retried(&copy))), 3);
}

#[test]
fn a_dead_letter_says_why_where_and_when() {
    let original = raw(properties(&event_with_all()).unwrap());
    for at in [None, DateTime::from_timestamp_millis(1_700_000_000_123)] {
        let dead = DeadLetter { reason: "poison".to_owned(), queue: "v1.logger.store".to_owned(), attempts: 3, at };
        let copy = raw(died(&original, &dead));
        assert_eq!(dead_letter(&copy), dead);
        assert_eq!(dead_letter(&raw(died(&copy, &dead_letter(&copy)))), dead, "and stays so when it is copied again");
    }
}

#[test]
fn what_is_put_back_is_at_its_first_attempt_and_was_seen_before() {
    let sent = event_with_all();
    let back = raw(requeued(&sent).unwrap());
    assert_eq!((event(&back).unwrap().id, attempt(&back), was_seen(&back)), (sent.id, 1, true));
    assert!(!headers_of(&back).any(|(name, _)| name.as_str().starts_with("x-d")));
}
