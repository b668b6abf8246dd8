//! What a row calls `secret`, masked or taken away: the one place for everybody who shows or keeps an argument.

use serde_json::{Map, Value};

/// What stands in the place of a secret.
pub const MASKED: &str = "***";

/// Masks the fields that `secret` names, by paths of names joined by dots. Lists are gone through, and a name counts in
/// each of its spellings (`refresh_token`, `refreshToken`), because lines understand more than one.
pub fn mask(object: &mut Map<String, Value>, secret: &[String]) {
    for path in secret {
        each(object, path, &mut |object, name| {
            object.insert(name.to_owned(), Value::from(MASKED));
        });
    }
}

/// The object without those fields: what is made of it tells nothing of them, not even whether they were there.
pub fn without(mut object: Map<String, Value>, secret: &[String]) -> Map<String, Value> {
    for path in secret {
        each(&mut object, path, &mut |object, name| {
            object.remove(name);
        });
    }
    object
}

/// Whether the path is one of those, or lies below one.
pub fn is_secret(path: &str, secret: &[String]) -> bool {
    secret.iter().any(|secret| {
        let (mut names, mut secrets) = (path.split('.'), secret.split('.'));
        secrets.all(|secret| names.next().is_some_and(|name| is_same(name, secret)))
    })
}

/// What is done to a field, by the object that it stands in and its name there.
type Change<'a> = &'a mut dyn FnMut(&mut Map<String, Value>, &str);

fn each(object: &mut Map<String, Value>, path: &str, change: Change<'_>) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let named: Vec<String> = object.keys().filter(|name| is_same(name, first)).cloned().collect();
    for name in named {
        match (rest, object.get_mut(&name)) {
            (Some(rest), Some(value)) => inside(value, rest, change),
            _ => change(object, &name),
        }
    }
}

fn inside(value: &mut Value, path: &str, change: Change<'_>) {
    match value {
        Value::Object(object) => each(object, path, change),
        Value::Array(items) => items.iter_mut().for_each(|item| inside(item, path, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether both are spellings of one name.
pub(crate) fn is_same(name: &str, other: &str) -> bool {
    let letters = |text: &str| -> String { text.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect() };
    name == other || letters(name) == letters(other)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masked(value: Value, secret: &[&str]) -> Value {
        let Value::Object(mut object) = value else { panic!("not an object") };
        let secret: Vec<_> = secret.iter().map(|it| (*it).to_owned()).collect();
        mask(&mut object, &secret);
        Value::Object(object)
    }

    #[test]
    fn secrets_are_masked_wherever_their_path_leads() {
        let cases = [
            (json!({ "password": "x", "name": "n" }), &["password"][..], json!({ "password": "***", "name": "n" })),
            (json!({ "password": { "old": "x" } }), &["password"], json!({ "password": "***" })),
            (
                json!({ "card": { "number": 1, "name": "n" } }),
                &["card.number"],
                json!({ "card": { "number": "***", "name": "n" } }),
            ),
            (json!({ "cards": [{ "number": 1 }, 7] }), &["cards.number"], json!({ "cards": [{ "number": "***" }, 7] })),
            (json!({ "refreshToken": "x" }), &["refresh_token"], json!({ "refreshToken": "***" })),
            (json!({ "number": 1, "card": "x" }), &["card.number"], json!({ "number": 1, "card": "x" })),
        ];
        for (value, secret, expected) in cases {
            assert_eq!(masked(value, secret), expected, "{secret:?}");
        }
    }

    #[test]
    fn without_its_secrets_nothing_tells_that_they_were_there() {
        let cases = [
            (json!({ "a": 1, "password": "x" }), "password", json!({ "a": 1 })),
            (json!({ "refreshToken": "x" }), "refresh_token", json!({})),
            (json!({ "card": { "number": "4", "name": "n" } }), "card.number", json!({ "card": { "name": "n" } })),
            (json!({ "cards": [{ "number": 1 }, 7] }), "cards.number", json!({ "cards": [{}, 7] })),
            (json!({ "list": [1] }), "list.x", json!({ "list": [1] })),
            (json!({ "a": 1 }), "gone.too", json!({ "a": 1 })),
        ];
        for (value, secret, expected) in cases {
            let Value::Object(object) = value else { panic!("not an object") };
            assert_eq!(Value::Object(without(object, &[secret.to_owned()])), expected, "{secret}");
        }
    }

    #[test]
    fn what_lies_below_a_secret_is_one() {
        let secret = ["card.number".to_owned(), "token".to_owned()];
        for (path, expected) in
            [("token", true), ("token.x", true), ("card", false), ("card.number", true), ("number", false)]
        {
            assert_eq!(is_secret(path, &secret), expected, "{path}");
        }
    }
}
