//! What may be called what: the shapes of names in the grammar.

/// Of a service, an action or a role: `[a-z][a-z0-9-]*`, at most 64 bytes, so that it fits into the name of a queue.
pub(super) fn is_name(text: &str) -> bool {
    let starts_well = text.starts_with(|c: char| c.is_ascii_lowercase());
    text.len() <= 64 && starts_well && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// Of a field of the argument, or of anything in a .proto file: `[A-Za-z_][A-Za-z0-9_]*`.
pub(super) fn is_field(text: &str) -> bool {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts_well && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Of a message or a service in a .proto file: `pkg.v1.Name`.
pub(super) fn is_type(text: &str) -> bool {
    text.split('.').all(is_field)
}

/// Of a gRPC method: `pkg.v1.Service/Method`.
pub(super) fn is_method(text: &str) -> bool {
    text.split_once('/').is_some_and(|(service, method)| is_type(service) && is_field(method))
}

/// The known word that one slip of the finger made this one of: on short words a better guide than likeness.
pub(super) fn slip<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known.into_iter().find(|known| strsim::osa_distance(word, known) == 1)
}
