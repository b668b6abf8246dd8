//! `[issuers.NAME]`: whose tokens are believed. The mesh's own authenticator is `switchboard` and no other may be: its
//! subjects are the ids of users as they are, while those of others carry the name of their issuer.

use std::collections::BTreeMap;

use mesh::identity::OWN;
use toml::de::DeTable;
use url::{Host, Url};

use super::diagnostics::Fault;
use super::names::is_name;
use super::reader::{Item, Reader};
use super::services::Services;
use super::{Issuer, Scheme, Source};

/// Every issuer of the file that was readable.
pub(super) fn read(reader: &mut Reader<'_>, services: &mut Services, root: &DeTable<'_>) -> Vec<Issuer> {
    let Some(item) = root.get("issuers") else { return Vec::new() };
    let Some(table) = reader.table("issuers", item, "a table of tables, as [issuers.switchboard]") else {
        return Vec::new();
    };
    let mut issuers: BTreeMap<String, Issuer> = BTreeMap::new();
    for (key, item) in table {
        let name = key.to_string();
        let named = is_name(&name).then_some(()).ok_or_else(|| {
            Fault::new(format!("'{name}' is not a name for an issuer"), "write small letters, digits and -")
        });
        let (named, read) = (reader.note(&key.span(), named), issuer(reader, services, &name, item));
        let (Some(()), Some(issuer)) = (named, read) else { continue };
        if let Some(first) = issuers.values().find(|it| it.issuer == issuer.issuer) {
            let message = format!("'{name}' has the same issuer as '{}': '{}'", first.name, issuer.issuer);
            reader.faults.add(&key.span(), Fault::new(message, "remove one of the two"));
        }
        issuers.insert(name, issuer);
    }
    issuers.into_values().collect()
}

fn issuer(reader: &mut Reader<'_>, services: &mut Services, name: &str, item: &Item<'_>) -> Option<Issuer> {
    let table = reader.table(name, item, "a table, as [issuers.switchboard]")?;
    reader.only("an issuer", table, &["audience", "issuer", "jwks", "roles", "service"]);
    let source = match (table.get("service"), table.get("jwks")) {
        (Some(service), None) if name == OWN => own(reader, services, table, service),
        (None, Some(jwks)) if name != OWN => other(reader, table, jwks),
        (service, jwks) => {
            let span = service.or(jwks).map_or(item.span(), toml::Spanned::span);
            reader.faults.add(&span, confused(name, service.is_some(), jwks.is_some()));
            None
        }
    };
    let own = name == OWN;
    let (issuer, audience) = (claim(reader, name, item, "issuer", own), claim(reader, name, item, "audience", own));
    Some(Issuer { name: name.to_owned(), issuer: issuer?, audience: audience?, source: source? })
}

/// Why nothing can be made of which of `service` and `jwks` are there.
fn confused(name: &str, service: bool, jwks: bool) -> Fault {
    match (service, jwks) {
        (true, true) => Fault::new(format!("the issuer '{name}' has both 'service' and 'jwks'"), "remove one of them"),
        (true, false) => Fault::new(
            format!("the issuer '{name}' is a service of this mesh"),
            format!("call it [issuers.{OWN}]: its subjects are the ids of users"),
        ),
        (false, true) => Fault::new(
            format!("the issuer '{OWN}' is this mesh's own"),
            "write service = \"authenticator\", or give it another name",
        ),
        (false, false) => Fault::new(
            format!("the issuer '{name}' has no keys"),
            if name == OWN { "add service = \"authenticator\"" } else { "add jwks = \"https://HOST/PATH\"" },
        ),
    }
}

fn own(reader: &mut Reader<'_>, services: &mut Services, table: &DeTable<'_>, item: &Item<'_>) -> Option<Source> {
    if let Some((key, _)) = table.get_key_value("roles") {
        reader.faults.add(&key.span(), Fault::new("'roles' has no use for the mesh's own issuer", "remove it"));
    }
    let word = reader.text("service", item)?;
    let line = reader.faults.line(&item.span());
    if let Some(service) = services.get(&word).filter(|service| service.scheme != Scheme::Http) {
        let message = format!("the service '{word}' speaks {} (line {})", service.scheme, service.line);
        reader.faults.add(&item.span(), Fault::new(message, "name one that is http://, as keys are asked for over it"));
        return None;
    }
    let service = reader.note(&item.span(), services.resolve(&word, Scheme::Http, line))?;
    // Nothing when the service itself is faulty, which is told where it stands.
    let service = services.get(&service)?;
    // Keys are the same wherever they are asked for.
    let address = service.addresses.first()?;
    let url = Url::parse(&format!("http://{address}/"));
    let fault = |_| Fault::new(format!("'{word}' has no readable address"), "write its host as a name or an address");
    reader.note(&item.span(), url.map_err(fault)).map(Source::Service)
}

fn other(reader: &mut Reader<'_>, table: &DeTable<'_>, item: &Item<'_>) -> Option<Source> {
    let text = reader.text("jwks", item)?;
    let jwks = reader.note(&item.span(), keys(&text));
    let roles = table.get("roles").map_or(Some(("roles".to_owned(), BTreeMap::new())), |item| roles(reader, item));
    let (claim, roles) = roles?;
    Some(Source::Keys { jwks: jwks?, claim, roles })
}

/// Whoever can change keys on their way can sign in as anybody: plain HTTP is for this machine alone.
fn keys(text: &str) -> Result<Url, Fault> {
    let remedy = "write https://HOST/PATH; http:// is for this machine alone";
    let url = Url::parse(text).ok().filter(|url| url.username().is_empty() && url.password().is_none());
    let safe = url.filter(|url| match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Domain(name))) => name == "localhost",
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        _ => false,
    });
    let shown = if text.contains('@') { "…@…" } else { text };
    safe.ok_or_else(|| Fault::new(format!("'{shown}' is not where keys can be had from"), remedy))
}

/// `{ claim = "groups", map = { admins = "admin" } }`
fn roles(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<(String, BTreeMap<String, String>)> {
    let table = reader.table("roles", item, "a table, such as { claim = \"groups\", map = { admins = \"admin\" } }")?;
    reader.only("roles", table, &["claim", "map"]);
    let claim = table.get("claim").map_or(Some("roles".to_owned()), |item| reader.text("claim", item));
    let Some(map) = table.get("map") else {
        let fault =
            Fault::new("'roles' has no 'map'", "say which of theirs is which of ours: map = { admins = \"admin\" }");
        reader.faults.add(&item.span(), fault);
        return None;
    };
    let map = reader.table("map", map, "a table, such as { admins = \"admin\" }")?;
    let mut translated = BTreeMap::new();
    for (theirs, item) in map {
        let ours = reader.text("map", item)?;
        let fault = || Fault::new(format!("'{ours}' is not a role"), "write small letters, digits and -");
        let is_role = is_name(&ours) && !matches!(ours.as_str(), "public" | "local");
        reader.note(&item.span(), is_role.then_some(()).ok_or_else(fault))?;
        translated.insert(theirs.to_string(), ours);
    }
    Some((claim?, translated))
}

/// `issuer` or `audience`; only the mesh's own issuer has a default.
fn claim(reader: &mut Reader<'_>, name: &str, whole: &Item<'_>, key: &str, own: bool) -> Option<String> {
    match whole.get_ref().as_table().and_then(|table| table.get(key)) {
        Some(item) => {
            let text = reader.text(key, item)?;
            let fault = || Fault::new(format!("'{key}' is empty"), "write what its tokens say, or leave it out");
            reader.note(&item.span(), (!text.is_empty()).then_some(text).ok_or_else(fault))
        }
        None if own => Some(OWN.to_owned()),
        None => {
            let short = if key == "issuer" { "iss" } else { "aud" };
            let message = format!("the issuer '{name}' has no '{key}'");
            reader.faults.add(&whole.span(), Fault::new(message, format!("add what its tokens say as {short}")));
            None
        }
    }
}
