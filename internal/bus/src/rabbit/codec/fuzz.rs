//! Any fields and any body as a message: an event or the reason why there is none, and copies that keep what has to
//! stay, whoever has put it into the queue.

use ::fuzz::arbitrary::Result;
use ::fuzz::{Target, Unstructured};
use lapin::types::{DecimalValue, FieldArray, LongString};

use super::*;

const NAMES: [&str; 14] = [
    ID,
    TYPE,
    SOURCE,
    TIME,
    SUBJECT,
    IDENTITY,
    mesh::trace::HEADER,
    ATTEMPT,
    SEEN,
    DEAD_REASON,
    DEAD_QUEUE,
    DELIVERY_COUNT,
    DEATH,
    "CC",
];
const TEXTS: [&str; 12] = [
    "",
    "log.INFO",
    "not a key",
    "2026-01-02T03:04:05.678Z",
    "+262143-12-31T23:59:59Z",
    "{\"subject\":\"u\"}",
    "{}",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "delivery_limit",
    "expired",
    "v1.a.suspect",
    "reason",
];

#[test]
fn any_message_is_an_event_or_says_why_not() {
    let seeds = (0..40_u8).map(|at| (0..200_u8).map(|byte| byte.wrapping_mul(at | 1).wrapping_add(at)).collect());
    let target = Target::new(env!("CARGO_MANIFEST_DIR"), "tests/corpus/message", property);
    Target { seeds: seeds.collect(), words: &TEXTS, ..target }.check();
}

fn property(input: &[u8]) {
    let mut rest = Unstructured::new(input);
    let raw = raw(&mut rest).unwrap_or_else(|_| Raw::mock(1, "".into(), "".into(), false, Vec::new()));
    let read = event(&raw);
    let at_best = event_at_best(&raw);
    match &read {
        Ok(event) => {
            assert!(!event.id.is_empty() && is_key(&event.kind));
            assert_eq!(*event, Event { trace: event.trace, ..at_best });
        }
        Err(reason) => assert!(reason.starts_with("unreadable: "), "{reason}"),
    }
    let before = attempt(&raw);
    let at = dead_letter(&raw).at;
    let dead = DeadLetter { reason: "ä".repeat(2_000), queue: "v1.a".to_owned(), attempts: before, at };
    let most = i32::MAX.unsigned_abs();
    let copies = [
        (retried(&raw), before.saturating_add(1).min(most)),
        (moved(&raw), before),
        (died(&raw, &dead), before.min(most)),
    ];
    for (properties, expected) in copies {
        let mut copy = Raw::mock(2, "".into(), "".into(), false, raw.data.clone());
        copy.properties = properties;
        assert!(was_seen(&copy) && delivery_count(&copy) == 0);
        assert_eq!(attempt(&copy), expected);
        if let Ok(read) = &read {
            assert_eq!(event(&copy).map(|it| Event { trace: read.trace, ..it }), Ok(read.clone()));
        }
    }
}

fn raw(rest: &mut Unstructured<'_>) -> Result<Raw> {
    let mut properties = BasicProperties::default();
    if rest.ratio(7, 8)? {
        properties = properties.with_headers(fields(rest, 3)?);
    }
    if rest.ratio(1, 2)? {
        properties = properties.with_message_id(short_text(rest)?);
    }
    if rest.ratio(1, 2)? {
        properties = properties.with_timestamp(rest.arbitrary()?);
    }
    if rest.ratio(1, 4)? {
        properties = properties.with_expiration(short_text(rest)?).with_user_id(short_text(rest)?);
    }
    let redelivered = rest.arbitrary()?;
    let mut raw = Raw::mock(1, "events".into(), "key".into(), redelivered, rest.bytes(rest.len())?.to_vec());
    raw.properties = properties;
    Ok(raw)
}

/// Tables and lists go no deeper than `depth`.
fn fields(rest: &mut Unstructured<'_>, depth: u32) -> Result<FieldTable> {
    let mut fields = FieldTable::default();
    for _ in 0..rest.int_in_range(0..=16)? {
        let name = if rest.ratio(7, 8)? { (*rest.choose(&NAMES)?).into() } else { short_text(rest)? };
        fields.insert(name, value(rest, depth)?);
    }
    Ok(fields)
}

fn value(rest: &mut Unstructured<'_>, depth: u32) -> Result<AMQPValue> {
    Ok(match rest.int_in_range(0..=18)? {
        0 => AMQPValue::Boolean(rest.arbitrary()?),
        1 => AMQPValue::ShortShortInt(rest.arbitrary()?),
        2 => AMQPValue::ShortShortUInt(rest.arbitrary()?),
        3 => AMQPValue::ShortInt(rest.arbitrary()?),
        4 => AMQPValue::ShortUInt(rest.arbitrary()?),
        5 => AMQPValue::LongInt(rest.arbitrary()?),
        6 => AMQPValue::LongUInt(rest.arbitrary()?),
        7 => AMQPValue::LongLongInt(rest.arbitrary()?),
        8 => AMQPValue::Float(rest.arbitrary()?),
        9 => AMQPValue::Double(rest.arbitrary()?),
        10 => AMQPValue::DecimalValue(DecimalValue { scale: rest.arbitrary()?, value: rest.arbitrary()? }),
        11 => AMQPValue::Timestamp(rest.arbitrary()?),
        12 => AMQPValue::ByteArray(bytes(rest)?.into()),
        13 => AMQPValue::Void,
        14 if depth > 0 => AMQPValue::FieldTable(fields(rest, depth - 1)?),
        15 if depth > 0 => AMQPValue::FieldArray(array(rest, depth - 1)?),
        16 => AMQPValue::ShortString(short_text(rest)?),
        17 => AMQPValue::LongString(LongString::from(bytes(rest)?)),
        _ => text(rest.choose(&TEXTS)?),
    })
}

fn array(rest: &mut Unstructured<'_>, depth: u32) -> Result<FieldArray> {
    let mut array = FieldArray::default();
    for _ in 0..rest.int_in_range(0..=4)? {
        array.push(value(rest, depth)?);
    }
    Ok(array)
}

fn bytes(rest: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let length = rest.int_in_range(0..=300)?;
    Ok(rest.bytes(length.min(rest.len()))?.to_vec())
}

fn short_text(rest: &mut Unstructured<'_>) -> Result<ShortString> {
    let text = String::from_utf8_lossy(&bytes(rest)?).into_owned();
    let end = text.floor_char_boundary(255);
    Ok(text[..end].into())
}
