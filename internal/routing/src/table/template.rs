//! Routing key templates: `log.{level|INFO}`. What an argument puts into a key is one word, always: a caller can
//! choose among the keys that the template allows, and can never add a dot or a wildcard.

use std::fmt;
use std::str::FromStr;

use bus::event;
use serde_json::{Map, Value};

/// The most bytes of a routing key (AMQP 0-9-1, shortstr).
const LONGEST: usize = 255;

/// A key whose words are fixed or taken from the argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTemplate {
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Fixed(String),
    /// `name` is a field, or a path into objects joined by dots.
    Field {
        name: String,
        default: Option<String>,
    },
}

impl KeyTemplate {
    /// The key for this argument; the error names the field that is missing or that is not one word.
    pub fn render(&self, argument: &Map<String, Value>) -> Result<String, mesh::Error> {
        let mut key = String::new();
        for word in &self.words {
            let text = match word {
                Word::Fixed(text) => text.clone(),
                Word::Field { name, default } => taken(argument, name, default.as_deref())?,
            };
            if !key.is_empty() {
                key.push('.');
            }
            key.push_str(&text);
            if key.len() > LONGEST {
                let detail = format!("makes the event's key longer than {LONGEST} bytes: send a shorter value");
                return Err(mesh::Error::field(word.field().unwrap_or_default(), detail));
            }
        }
        Ok(key)
    }

    /// The topic pattern that takes every key this can make: `log.*`.
    pub fn pattern(&self) -> String {
        let words = self.words.iter().map(|word| match word {
            Word::Fixed(text) => text.as_str(),
            Word::Field { .. } => "*",
        });
        words.collect::<Vec<_>>().join(".")
    }

    /// The word it begins with, where that does not come from the argument.
    pub fn first(&self) -> Option<&str> {
        match self.words.first()? {
            Word::Fixed(text) => Some(text),
            Word::Field { .. } => None,
        }
    }

    /// The fields it takes and whether each may be missing, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, bool)> {
        self.words.iter().filter_map(|word| match word {
            Word::Fixed(_) => None,
            Word::Field { name, default } => Some((name.as_str(), default.is_some())),
        })
    }
}

impl Word {
    fn field(&self) -> Option<&str> {
        match self {
            Self::Fixed(_) => None,
            Self::Field { name, .. } => Some(name),
        }
    }
}

fn taken(argument: &Map<String, Value>, name: &str, default: Option<&str>) -> Result<String, mesh::Error> {
    let text = match (find(argument, name), default) {
        (None | Some(Value::Null), Some(default)) => return Ok(default.to_owned()),
        (None | Some(Value::Null), None) => {
            return Err(mesh::Error::field(name, "is missing: the event's key needs it"));
        }
        (Some(Value::String(text)), _) => text.clone(),
        (Some(Value::Number(number)), _) => number.to_string(),
        (Some(Value::Bool(bool)), _) => bool.to_string(),
        (Some(Value::Array(_) | Value::Object(_)), _) => String::new(),
    };
    if is_word(&text) {
        Ok(text)
    } else {
        Err(mesh::Error::field(name, "becomes part of the event's key: send one word of letters, digits, - and _"))
    }
}

fn find<'a>(argument: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let mut names = name.split('.');
    let first = argument.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}

fn is_word(text: &str) -> bool {
    event::is_key(text) && !text.contains('.')
}

impl fmt::Display for KeyTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            match word {
                Word::Fixed(text) => f.write_str(text)?,
                Word::Field { name, default: None } => write!(f, "{{{name}}}")?,
                Word::Field { name, default: Some(default) } => write!(f, "{{{name}|{default}}}")?,
            }
        }
        Ok(())
    }
}

/// The error says what is wrong and what to write instead, joined by a colon.
impl FromStr for KeyTemplate {
    type Err = String;

    fn from_str(template: &str) -> Result<Self, String> {
        let words = split(template).into_iter().map(|text| word(template, text)).collect::<Result<Vec<_>, _>>()?;
        let key = Self { words };
        // A field is at least one byte, and so is its `*`: what is too long here is too long always.
        if key.pattern().len() > LONGEST {
            return Err(format!("the key '{template}' is longer than {LONGEST} bytes: shorten it"));
        }
        Ok(key)
    }
}

/// At the dots outside of braces.
fn split(template: &str) -> Vec<&str> {
    let mut inside = false;
    let dot = |c: char| {
        inside = (inside || c == '{') && c != '}';
        c == '.' && !inside
    };
    template.split(dot).collect()
}

fn word(template: &str, text: &str) -> Result<Word, String> {
    if let Some(inner) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        return field(template, inner);
    }
    if text.contains(['{', '}']) {
        return Err(format!(
            "'{text}' in the key '{template}' is not a word: a field takes a whole word, as {{level}}"
        ));
    }
    if !is_word(text) {
        return Err(format!(
            "'{text}' in the key '{template}' is not a word: write letters, digits, - and _, joined by single dots"
        ));
    }
    Ok(Word::Fixed(text.to_owned()))
}

fn field(template: &str, inner: &str) -> Result<Word, String> {
    let (name, default) = match inner.split_once('|') {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    if !event::is_key(name) {
        return Err(format!("'{{{inner}}}' in the key '{template}' names no field: write {{level}} or {{user.id}}"));
    }
    if default.is_some_and(|default| !is_word(default)) {
        return Err(format!(
            "the default in '{{{inner}}}' of the key '{template}' is not one word: write letters, digits, - and _"
        ));
    }
    Ok(Word::Field { name: name.to_owned(), default: default.map(str::to_owned) })
}
