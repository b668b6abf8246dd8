//! `${NAME}` and `${NAME:-default}` in the strings of a table. They are replaced in each string after the file was
//! parsed, so that a value can neither change the structure of the table nor move the line that an error names.

use super::diagnostics::Fault;
use super::names::is_field;

/// The text with every variable replaced. As in a shell, the default also stands in for a value that is empty.
pub(super) fn substitute(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, Fault> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (inside, after) = after
            .split_once('}')
            .ok_or_else(|| Fault::new(format!("'{text}' has a ${{ that is not closed"), "write ${NAME}"))?;
        result.push_str(before);
        result.push_str(&value(inside, variable)?);
        rest = after;
    }
    result.push_str(rest);
    Ok(result)
}

fn value(inside: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, Fault> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    if !is_field(name) || default.is_some_and(|default| default.contains('{')) {
        let message = format!("'${{{inside}}}' is not a variable");
        return Err(Fault::new(message, "write ${NAME} or ${NAME:-default}, the default without braces"));
    }
    match (variable(name), default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default.to_owned()),
        (None, None) => {
            let remedy = format!("set {name}, or write ${{{name}:-default}}");
            Err(Fault::new(format!("the environment variable {name} is not set"), remedy))
        }
    }
}
