//! Path templates: `/v1/logs/{id}` and `/files/{*rest}`. A parameter takes a whole segment, so that two templates have
//! the same shape exactly when their normal forms are the same text, and a filled path cannot climb out of its place.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What a segment of a path must not hold as it is (RFC 3986, everything but pchar).
#[rustfmt::skip]
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ').add(b'"').add(b'#').add(b'%').add(b'/').add(b'<').add(b'>').add(b'?')
    .add(b'[').add(b'\\').add(b']').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// A path in which whole segments may be parameters, the last one a catch-all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    template: String,
    normal: String,
    params: Vec<String>,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Fixed(String),
    Param(String),
    CatchAll(String),
}

impl PathPattern {
    /// As it was written.
    pub fn template(&self) -> &str {
        &self.template
    }

    /// With parameters named by position (`/a/{p0}/{*p1}`), as matchit reads it: equal shapes are equal text.
    pub fn normal(&self) -> &str {
        &self.normal
    }

    /// The names of the parameters, in order.
    pub fn params(&self) -> &[String] {
        &self.params
    }

    /// Whether the last parameter takes the rest of the path.
    pub fn is_catch_all(&self) -> bool {
        matches!(self.segments.last(), Some(Segment::CatchAll(_)))
    }

    /// The path with every parameter replaced by its value, percent-encoded.
    ///
    /// The error is the name of the parameter that has no value or an unusable one: empty, or one whose dot segments
    /// or leading slash would lead elsewhere.
    pub fn fill(&self, get: impl Fn(&str) -> Option<String>) -> Result<String, String> {
        let mut path = String::new();
        for segment in &self.segments {
            path.push('/');
            match segment {
                Segment::Fixed(text) => path.push_str(text),
                Segment::Param(name) => {
                    let value = get(name).filter(|value| is_safe(value)).ok_or_else(|| name.clone())?;
                    path.extend(utf8_percent_encode(&value, ESCAPED));
                }
                Segment::CatchAll(name) => {
                    let safe = |value: &String| !value.starts_with('/') && value.split('/').all(is_safe_part);
                    let value =
                        get(name).filter(|value| !value.is_empty() && safe(value)).ok_or_else(|| name.clone())?;
                    let parts: Vec<String> =
                        value.split('/').map(|part| utf8_percent_encode(part, ESCAPED).to_string()).collect();
                    path.push_str(&parts.join("/"));
                }
            }
        }
        Ok(if path.is_empty() { "/".to_owned() } else { path })
    }
}

fn is_safe(value: &str) -> bool {
    !value.is_empty() && is_safe_part(value)
}

fn is_safe_part(part: &str) -> bool {
    part != "." && part != ".."
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.template)
    }
}

/// The error says what is wrong and what to write instead, joined by a colon.
impl FromStr for PathPattern {
    type Err = String;

    fn from_str(template: &str) -> Result<Self, String> {
        let rest = template.strip_prefix('/').ok_or_else(|| {
            format!("the path '{template}' does not begin with a slash: write /{}", template.trim_start_matches("./"))
        })?;
        let mut pattern =
            Self { template: template.to_owned(), normal: String::new(), params: Vec::new(), segments: Vec::new() };
        if rest.is_empty() {
            pattern.normal.push('/');
            return Ok(pattern);
        }
        for text in rest.split('/') {
            if pattern.is_catch_all() {
                return Err(format!("the catch-all of '{template}' is not last: nothing can come after it"));
            }
            pattern.push(segment(template, text)?)?;
        }
        Ok(pattern)
    }
}

impl PathPattern {
    fn push(&mut self, segment: Segment) -> Result<(), String> {
        let position = self.params.len();
        self.normal.push('/');
        match &segment {
            Segment::Fixed(text) => self.normal.push_str(text),
            Segment::Param(_) => self.normal.push_str(&format!("{{p{position}}}")),
            Segment::CatchAll(_) => self.normal.push_str(&format!("{{*p{position}}}")),
        }
        if let Segment::Param(name) | Segment::CatchAll(name) = &segment {
            if self.params.contains(name) {
                return Err(format!("the path '{}' has {{{name}}} twice: give each a name of its own", self.template));
            }
            self.params.push(name.clone());
        }
        self.segments.push(segment);
        Ok(())
    }
}

fn segment(template: &str, text: &str) -> Result<Segment, String> {
    if text.is_empty() {
        return Err(format!("the path '{template}' has an empty segment: remove the extra slash"));
    }
    if !is_safe_part(text) {
        return Err(format!("the path '{template}' has the segment '{text}': write the path it leads to"));
    }
    if let Some(name) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        return param(template, name);
    }
    if text.contains(['{', '}']) {
        return Err(format!(
            "'{text}' in '{template}' is not a parameter: a parameter takes a whole segment, as {{id}}"
        ));
    }
    if let Some(name) = text.strip_prefix(':').or_else(|| text.strip_prefix('*')) {
        let (star, name) = (if text.starts_with('*') { "*" } else { "" }, if name.is_empty() { "rest" } else { name });
        return Err(format!("'{text}' in '{template}' is not a parameter: write {{{star}{name}}}"));
    }
    match text.chars().find(|c| !is_fixed(*c)) {
        Some(bad) => Err(format!("the path '{template}' holds {bad:?}: use letters, digits and -._~!$&'()+,;=:@")),
        None => Ok(Segment::Fixed(text.to_owned())),
    }
}

fn param(template: &str, inner: &str) -> Result<Segment, String> {
    let name = inner.strip_prefix('*').unwrap_or(inner);
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts_well || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(format!("'{{{inner}}}' in '{template}' is not a parameter: name it with letters, digits and _"));
    }
    let name = name.to_owned();
    Ok(if inner.starts_with('*') { Segment::CatchAll(name) } else { Segment::Param(name) })
}

fn is_fixed(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~!$&'()+,;=:@".contains(c)
}
