//! Path templates: what is printed is what was read, equal shapes are equal normal forms, and the fields that fill a
//! path are those that its match gives back.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;
use routing::argument::merge;
use routing::index::Index;
use routing::table::{PathPattern, parse};

/// One segment of a template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Segment {
    Fixed(String),
    Field,
    Rest,
}

/// Templates over few words, so that they meet.
pub(crate) fn segments() -> impl Strategy<Value = Vec<Segment>> {
    let segment = prop_oneof![3 => "[ab]|a-b".prop_map(Segment::Fixed), 2 => Just(Segment::Field)];
    (prop::collection::vec(segment, 0..4), prop::bool::weighted(0.25)).prop_map(|(mut segments, rest)| {
        segments.extend(rest.then_some(Segment::Rest));
        segments
    })
}

/// The template with its fields named `NAME0`, `NAME1`, …
pub(crate) fn template(segments: &[Segment], name: &str) -> String {
    let texts = segments.iter().enumerate().map(|(at, segment)| match segment {
        Segment::Fixed(text) => format!("/{text}"),
        Segment::Field => format!("/{{{name}{at}}}"),
        Segment::Rest => format!("/{{*{name}{at}}}"),
    });
    let text: String = texts.collect();
    if text.is_empty() { "/".to_owned() } else { text }
}

fn pattern(segments: &[Segment], name: &str) -> PathPattern {
    template(segments, name).parse().unwrap()
}

proptest! {
    #[test]
    fn a_template_prints_as_it_was_written(segments in segments()) {
        let (text, path) = (template(&segments, "f"), pattern(&segments, "f"));
        prop_assert_eq!(path.to_string(), &*text);
        prop_assert_eq!(path.to_string().parse::<PathPattern>(), Ok(path.clone()));
        let fields = segments.iter().enumerate().filter(|(_, it)| !matches!(it, Segment::Fixed(_)));
        let names: Vec<_> = fields.map(|(at, _)| format!("f{at}")).collect();
        prop_assert_eq!(path.params(), names);
        prop_assert_eq!(path.is_catch_all(), segments.last() == Some(&Segment::Rest));
    }

    #[test]
    fn normal_forms_are_equal_exactly_when_shapes_are(left in segments(), right in segments()) {
        let (own, others, renamed) = (pattern(&left, "x"), pattern(&right, "other"), pattern(&left, "other"));
        prop_assert_eq!(own.normal() == others.normal(), left == right);
        prop_assert_eq!(own.normal(), renamed.normal());
        // A normal form is a template itself, and its own.
        let normal = own.normal().parse::<PathPattern>().unwrap();
        prop_assert_eq!(normal.normal(), normal.template());
    }

    #[test]
    fn the_fields_that_fill_a_path_are_those_that_it_gives_back(
        segments in segments(),
        values in prop::collection::vec(prop_oneof!["[ab%/. +?#&=]{0,5}", ".{0,8}", "\\.{1,3}"], 4),
    ) {
        let path = pattern(&segments, "f");
        let given: BTreeMap<String, String> = path.params().iter().cloned().zip(values).collect();
        let Ok(filled) = path.fill(|name| given.get(name).cloned()) else {
            let climbs = |(at, value): (usize, &String)| {
                let is_rest = path.is_catch_all() && at + 1 == given.len();
                let parts: Vec<_> = if is_rest { value.split('/').collect() } else { vec![value.as_str()] };
                value.is_empty() || (is_rest && value.starts_with('/')) || parts.iter().any(|it| matches!(*it, "." | ".."))
            };
            let in_order = path.params().iter().map(|name| &given[name]).enumerate();
            prop_assert!(in_order.into_iter().any(climbs), "{:?} could have filled {}", given, path);
            return Ok(());
        };
        prop_assert!(filled.parse::<http::Uri>().is_ok(), "{}", filled);
        let table = parse("t", &format!("version = 1\n[[route]]\non = \"GET {path}\"\ncall = 'rpc a b'\n"), |_| None).unwrap();
        let index = Index::new(&table).unwrap();
        let found = index.find(&http::Method::GET, None, &filled).unwrap();
        let argument = merge(&found.fields, None, Bytes::new(), &BTreeMap::new()).unwrap().into_object().unwrap();
        let back: BTreeMap<String, String> =
            argument.into_iter().map(|(name, value)| (name, value.as_str().unwrap().to_owned())).collect();
        prop_assert_eq!(back, given, "{}", filled);
    }
}
