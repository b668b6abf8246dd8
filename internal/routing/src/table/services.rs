//! `[services]`: names and where they are. Services without a name, called by `host:port` in a row, join them here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::diagnostics::Fault;
use super::names::is_name;
use super::reader::{Item, Reader};
use super::{Address, Scheme, Service};
use mesh::words::nearest;

#[derive(Default)]
pub(super) struct Services {
    known: BTreeMap<String, Arc<Service>>,
    /// Named in the file, but faulty: a row that calls one of them is not wrong because of that.
    faulty: BTreeSet<String>,
}

impl Services {
    pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Self {
        let mut services = Self::default();
        for (key, item) in table {
            let name = key.to_string();
            let named = is_name(&name).then_some(()).ok_or_else(|| {
                Fault::new(format!("'{name}' is not a name for a service"), "write small letters, digits and -")
            });
            let (named, read) = (reader.note(&key.span(), named), service(reader, &name, item));
            let (Some(()), Some(mut service)) = (named, read) else {
                services.faulty.insert(name);
                continue;
            };
            service.line = reader.faults.line(&key.span());
            services.known.insert(name, Arc::new(service));
        }
        services
    }

    /// A service that was found readable.
    pub(super) fn get(&self, name: &str) -> Option<&Service> {
        self.known.get(name).map(AsRef::as_ref)
    }

    /// What a row calls by `word`, which must speak `scheme`: a name, or an address that needs none.
    pub(super) fn resolve(&mut self, word: &str, scheme: Scheme, line: usize) -> Result<String, Fault> {
        if let Some((_, address)) = word.split_once("://") {
            let remedy = format!("write only its host and port, {address}");
            return Err(Fault::new(format!("'{word}' is a URL, and the line says the scheme already"), remedy));
        }
        if word.contains(':') && !self.known.contains_key(word) {
            let service = Service {
                name: word.to_owned(),
                scheme,
                addresses: addresses(word)?,
                annotated: false,
                token: false,
                concurrency: None,
                line,
            };
            self.known.insert(word.to_owned(), Arc::new(service));
        }
        match self.known.get(word) {
            Some(service) if service.scheme != scheme => Err(Fault::new(
                format!("the service '{word}' speaks {} (line {})", service.scheme, service.line),
                format!("call it with {}, or make it {scheme}://", service.scheme),
            )),
            None if !self.faulty.contains(word) => Err(self.unknown(word, scheme)),
            _ => Ok(word.to_owned()),
        }
    }

    fn unknown(&self, word: &str, scheme: Scheme) -> Fault {
        let add = format!("add {word} = \"{scheme}://HOST:PORT\" to [services]");
        let remedy = match nearest(word, self.known.keys().chain(&self.faulty).map(String::as_str)) {
            Some(near) => format!("did you mean '{near}'? if not, {add}"),
            None => add,
        };
        Fault::new(format!("unknown service '{word}'"), remedy)
    }

    pub(super) fn into_known(self) -> BTreeMap<String, Arc<Service>> {
        self.known
    }
}

fn service(reader: &mut Reader<'_>, name: &str, item: &Item<'_>) -> Option<Service> {
    let (url, annotated, token, concurrency) = match item.get_ref() {
        DeValue::String(_) => (item, false, false, None),
        _ => {
            let table = reader.table(name, item, "a URL, or { url = \"…\", token = true }")?;
            reader.only("a service", table, &["concurrency", "expose", "token", "url"]);
            let missing = || Fault::new(format!("the service '{name}' has no url"), "add url = \"http://HOST:PORT\"");
            let url = reader.note(&item.span(), table.get("url").ok_or_else(missing));
            let annotated = table.get("expose").map_or(Some(false), |item| exposed(reader, item));
            let token = table.get("token").map_or(Some(false), |item| reader.boolean("token", item));
            let most = table
                .get("concurrency")
                .map_or(Some(None), |item| reader.number("concurrency", item, 1..=100_000).map(Some));
            (url?, annotated?, token?, most?)
        }
    };
    let text = reader.text(name, url)?;
    let (scheme, addresses) = reader.note(&url.span(), location(&text))?;
    Some(Service { name: name.to_owned(), scheme, addresses, annotated, token, concurrency, line: 0 })
}

fn exposed(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<bool> {
    let text = reader.text("expose", item)?;
    let fault = || Fault::new(format!("'expose' is '{text}'"), "write expose = \"annotated\" or leave it out");
    reader.note(&item.span(), (text == "annotated").then_some(true).ok_or_else(fault))
}

fn location(url: &str) -> Result<(Scheme, Vec<Address>), Fault> {
    let (scheme, rest) = url.split_once("://").ok_or_else(|| {
        Fault::new(format!("'{}' has no scheme", shown(url)), "write http://HOST:PORT or grpc://HOST:PORT")
    })?;
    let scheme = match scheme {
        "grpc" => Scheme::Grpc,
        "http" => Scheme::Http,
        "grpcs" | "https" => {
            let plain = scheme.trim_end_matches('s');
            let remedy = format!("write {plain}:// and keep the service in a network that you trust");
            return Err(Fault::new(format!("{scheme}:// is not supported yet"), remedy));
        }
        _ => return Err(Fault::new(format!("unknown scheme '{}'", shown(scheme)), "write http:// or grpc://")),
    };
    Ok((scheme, addresses(rest.strip_suffix('/').unwrap_or(rest))?))
}

/// One `HOST:PORT` or several, joined by commas.
fn addresses(text: &str) -> Result<Vec<Address>, Fault> {
    let mut addresses = Vec::new();
    for part in text.split(',') {
        if part.is_empty() && text.contains(',') {
            let fault = format!("'{}' has a comma too many", shown(text));
            return Err(Fault::new(fault, "write HOST:PORT,HOST:PORT"));
        }
        if let Some((_, rest)) = part.split_once("://") {
            let fault = format!("'{}' says its scheme again", shown(part));
            return Err(Fault::new(fault, format!("write only its host and port, {}", shown(rest))));
        }
        let address = address(part)?;
        if addresses.contains(&address) {
            return Err(Fault::new(format!("'{part}' is there twice"), "write each address once"));
        }
        addresses.push(address);
    }
    Ok(addresses)
}

fn address(text: &str) -> Result<Address, Fault> {
    let fault = |what: &str| Fault::new(format!("'{}' {what}", shown(text)), "write HOST:PORT, such as localhost:9000");
    if text.contains('/') {
        return Err(fault("has a path"));
    }
    let (host, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((host, port))) => (host, port.strip_prefix(':')),
        Some(None) => return Err(fault("has a bracket that is not closed")),
        None => text.rsplit_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let port = port.ok_or_else(|| fault("has no port"))?;
    let digits = port.bytes().all(|b| b.is_ascii_digit());
    let port =
        port.parse().ok().filter(|port| digits && *port > 0).ok_or_else(|| fault("has no port from 1 to 65535"))?;
    let is_host = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    let readable = match text.starts_with('[') {
        true => host.parse::<std::net::Ipv6Addr>().is_ok(),
        false => !host.is_empty() && is_host(host),
    };
    if readable { Ok(Address { host: host.to_owned(), port }) } else { Err(fault("has no readable host")) }
}

/// What comes out of the environment may hold a password, and then is not shown.
fn shown(text: &str) -> &str {
    if text.contains('@') { "…@…" } else { text }
}
