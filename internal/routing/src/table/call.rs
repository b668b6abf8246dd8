//! The line of a row: `grpc SERVICE pkg.Service/Method`, `http SERVICE METHOD /path`, `http SERVICE`, `event KEY`,
//! `rpc SERVICE METHOD`.

use super::diagnostics::Fault;
use super::names::{is_method, is_name, is_type};
use super::on::method;
use super::services::Services;
use super::{Line, Schema, Scheme};
use mesh::words::nearest;

const KINDS: [&str; 4] = ["grpc", "http", "event", "rpc"];

/// Reads a line that stands in this line of the file.
pub(super) fn line(text: &str, services: &mut Services, number: usize) -> Result<Line, Fault> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        ["grpc", service, method] => grpc(services.resolve(service, Scheme::Grpc, number)?, method),
        ["http", service] => Ok(Line::Raw { service: services.resolve(service, Scheme::Http, number)? }),
        ["http", service, method, path] => {
            let service = services.resolve(service, Scheme::Http, number)?;
            http(service, method, path)
        }
        ["http", service, path] if path.starts_with('/') => {
            Err(Fault::new(format!("'{text}' has no method"), format!("write http {service} GET {path}")))
        }
        ["event", key] => Ok(Line::Event { key: key.parse()? }),
        ["rpc", service, method] => rpc(service, method),
        [kind, ..] if KINDS.contains(&kind) => {
            Err(Fault::new(format!("'{text}' is not a line"), format!("write {}", form(kind))))
        }
        [kind, ..] => Err(unknown(kind)),
        [] => Err(Fault::new("'call' is empty", format!("write {}", form("grpc")))),
    }
}

fn form(kind: &str) -> &'static str {
    match kind {
        "http" => "http SERVICE METHOD /path, or http SERVICE to stream bodies through",
        "event" => "event KEY, such as event log.{level}",
        "rpc" => "rpc SERVICE METHOD",
        _ => "grpc SERVICE pkg.Service/Method",
    }
}

fn unknown(kind: &str) -> Fault {
    let remedy = match nearest(kind, KINDS) {
        Some(near) => format!("did you mean '{near}'? write {}", form(near)),
        None => format!("a line begins with {}", KINDS.join(", ")),
    };
    Fault::new(format!("unknown line '{kind}'"), remedy)
}

fn grpc(service: String, method: &str) -> Result<Line, Fault> {
    if is_method(method) {
        return Ok(Line::Grpc { service, method: method.to_owned() });
    }
    let remedy = "write pkg.Service/Method, such as logger.v1.Logger/Write";
    Err(Fault::new(format!("'{method}' is not a gRPC method"), remedy))
}

fn http(service: String, word: &str, path: &str) -> Result<Line, Fault> {
    if word == "ANY" {
        let remedy = format!("name one method, or write http {service} to pass every method through");
        return Err(Fault::new("a call cannot be made with ANY", remedy));
    }
    Ok(Line::Http { service, method: method(word)?, path: path.parse()? })
}

/// The service is the name of a queue and needs no address.
fn rpc(service: &str, method: &str) -> Result<Line, Fault> {
    if !is_name(service) {
        return Err(Fault::new(
            format!("'{service}' is not a name for a service"),
            "write small letters, digits and -",
        ));
    }
    if !bus::event::is_key(method) {
        return Err(Fault::new(format!("'{method}' is not a method"), "write one word, such as register"));
    }
    Ok(Line::Rpc { service: service.to_owned(), method: method.to_owned() })
}

/// `SERVICE pkg.Message`
pub(super) fn schema(text: &str, services: &mut Services, number: usize) -> Result<Schema, Fault> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        [service, message] if is_type(message) => {
            let service = services.resolve(service, Scheme::Grpc, number)?;
            Ok(Schema { service, message: message.to_owned() })
        }
        _ => {
            let remedy = "write SERVICE pkg.Message, such as logger logger.v1.WriteRequest";
            Err(Fault::new(format!("'{text}' is not a schema"), remedy))
        }
    }
}
