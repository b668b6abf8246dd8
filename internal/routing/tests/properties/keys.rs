//! Routing keys: each field is one word, so that what a caller sends chooses among the keys of its row's template and
//! never reaches a topic that the template does not.

use proptest::prelude::*;
use routing::table::KeyTemplate;
use serde_json::{Map, Value, json};

#[derive(Debug, Clone)]
enum Word {
    Fixed(String),
    Field { name: String, default: Option<String> },
}

fn word() -> impl Strategy<Value = Word> {
    let field = ("[ab]|o\\.[ab]", prop::option::of("[A-Z-]{1,3}"));
    prop_oneof!["[a-z_-]{1,4}".prop_map(Word::Fixed), field.prop_map(|(name, default)| Word::Field { name, default }),]
}

fn template(words: &[Word]) -> KeyTemplate {
    let texts = words.iter().map(|word| match word {
        Word::Fixed(text) => text.clone(),
        Word::Field { name, default: None } => format!("{{{name}}}"),
        Word::Field { name, default: Some(default) } => format!("{{{name}|{default}}}"),
    });
    texts.collect::<Vec<_>>().join(".").parse().unwrap()
}

fn value() -> impl Strategy<Value = Value> {
    let texts = prop_oneof![3 => "[a-zA-Z0-9_-]{1,5}", 2 => "[a.*#/ \u{0}ä]{0,4}", 1 => ".{0,9}", 1 => "a{250,260}"];
    prop_oneof![
        6 => texts.prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!(["a"])),
        1 => Just(json!({ "a": "x" })),
    ]
}

fn argument() -> impl Strategy<Value = Map<String, Value>> {
    let object = || prop::collection::btree_map("[ab]", value(), 0..3);
    (object(), prop::option::of(object())).prop_map(|(fields, inner)| {
        let inner = inner.map(|it| ("o".to_owned(), json!(it)));
        fields.into_iter().chain(inner).collect()
    })
}

/// What stands at this place of the argument, as a word; nothing where that is none.
fn expected(word: &Word, argument: &Map<String, Value>) -> Option<String> {
    let (name, default) = match word {
        Word::Fixed(text) => return Some(text.clone()),
        Word::Field { name, default } => (name, default),
    };
    let value = match name.split_once('.') {
        Some((outer, inner)) => argument.get(outer).and_then(|it| it.get(inner)),
        None => argument.get(name),
    };
    let text = match value {
        None | Some(Value::Null) => return default.clone(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let is_word = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    is_word.then_some(text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_value_is_exactly_one_word_of_the_key(words in prop::collection::vec(word(), 1..5), argument in argument()) {
        let template = template(&words);
        let expected: Option<Vec<_>> = words.iter().map(|word| expected(word, &argument)).collect();
        let expected = expected.map(|words| words.join(".")).filter(|key| key.len() <= 255);
        match template.render(&argument) {
            Ok(key) => {
                prop_assert_eq!(key.split('.').count(), words.len());
                prop_assert!(bus::event::is_key(&key), "{}", key);
                prop_assert_eq!(Some(key), expected);
            }
            Err(error) => {
                prop_assert_eq!(expected, None, "{}", error.detail);
                prop_assert_eq!(error.status().as_u16(), 400);
            }
        }
    }

    #[test]
    fn no_caller_reaches_a_topic_that_the_template_does_not(
        words in prop::collection::vec(word(), 1..4), argument in argument(), topic in "([a-z]|\\*|#|audit)(\\.([a-zA-Z]{1,2}|\\*|#)){0,3}",
    ) {
        let template = template(&words);
        prop_assert_eq!(template.to_string().parse::<KeyTemplate>(), Ok(template.clone()));
        let Ok(key) = template.render(&argument) else { return Ok(()) };
        prop_assert!(bus::event::matches(&template.pattern(), &key), "{} is none of {}", key, template.pattern());
        // Whoever is bound for other first words than the template's hears nothing.
        let first = topic.split('.').next().unwrap();
        if let (Some(own), false) = (template.first(), matches!(first, "*" | "#")) && own != first {
            prop_assert!(!bus::event::matches(&topic, &key), "{} reaches {}", key, topic);
        }
    }
}
