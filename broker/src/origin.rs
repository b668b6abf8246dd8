//! Where a request comes from. What it says of forwarding is believed only where its peer is a proxy of ours
//! (`BROKER_TRUSTED_PROXIES`); behind this, headers say what is true or nothing.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{ConnectInfo, Request};
use http::{HeaderMap, HeaderValue, header};
use mesh::config::{ConfigError, Env};
use routing::line::raw::{strip, strip_identity};
use routing::policy::Caller;

const FOR: &str = "x-forwarded-for";
const HOST: &str = "x-forwarded-host";
const PROTO: &str = "x-forwarded-proto";
/// Everything by which somebody on the way could tell more than is known here.
const FORWARDING: [&str; 5] = ["forwarded", FOR, HOST, PROTO, "x-real-ip"];

/// The proxies in front of this broker.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proxies {
    networks: Vec<Network>,
    /// Whether it was said that somebody forwards who is none of these.
    is_said: Arc<AtomicBool>,
}

/// An address, or all that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u32,
}

/// The caller of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) address: Option<IpAddr>,
    pub(crate) is_forwarded: bool,
}

impl Origin {
    /// The same with the headers that `settle` left, as a row's policy asks for it.
    pub(crate) fn caller(self, headers: &HeaderMap) -> Caller<'_> {
        Caller { headers, origin: self.address, is_forwarded: self.is_forwarded }
    }
}

impl Proxies {
    pub(crate) fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let variable = "BROKER_TRUSTED_PROXIES";
        let text = env.string(variable, "");
        let read = |part: &str| {
            let detail = format!("expected addresses or networks such as 10.0.0.0/8, joined by commas, found '{part}'");
            part.parse().map_err(|()| ConfigError::new(variable, detail))
        };
        let networks = text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(read);
        Ok(Self { networks: networks.collect::<Result<_, _>>()?, is_said: Arc::default() })
    }

    /// Finds out who calls, and makes the request's headers say that and nothing else.
    pub(crate) fn settle(&self, request: &mut Request) -> Origin {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip().to_canonical());
        let headers = request.headers_mut();
        let is_forwarded = FORWARDING.iter().any(|name| headers.contains_key(*name));
        let is_ours = peer.is_some_and(|peer| self.trust(peer));
        if let Some(peer) = peer.filter(|_| is_forwarded && !is_ours) {
            self.say(peer);
        }
        let address = if is_ours { peer.map(|peer| self.caller(peer, headers)) } else { peer };
        let told = |name: &str| headers.get(name).filter(|_| is_ours).cloned();
        let host = told(HOST).or_else(|| headers.get(header::HOST).cloned());
        let proto = told(PROTO).filter(|it| it == "https").unwrap_or(HeaderValue::from_static("http"));
        strip(headers, &FORWARDING);
        strip_identity(headers);
        if let Some(address) = address.and_then(|it| HeaderValue::from_str(&it.to_string()).ok()) {
            headers.insert(FOR, address);
        }
        if let Some(host) = host {
            headers.insert(HOST, host);
        }
        headers.insert(PROTO, proto);
        Origin { address, is_forwarded }
    }

    /// Whether the caller speaks HTTPS to a proxy of ours; before `settle`.
    pub(crate) fn is_https(&self, request: &Request) -> bool {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip().to_canonical());
        request.headers().get(PROTO).is_some_and(|proto| proto == "https") && peer.is_some_and(|peer| self.trust(peer))
    }

    /// Once: a stranger may send such headers as often as it likes, a proxy that was forgotten sends them always.
    fn say(&self, peer: IpAddr) {
        if !self.is_said.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "{peer} forwards requests and is not believed: all callers behind it count as one address; if it is a \
                 proxy of yours, name it in BROKER_TRUSTED_PROXIES"
            );
        }
    }

    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.holds(address))
    }

    /// The last hop that is none of ours, from the right: what stands left of it anybody may have written. Where
    /// nothing readable comes, the hop before it is all that is known.
    fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut known = peer;
        let values: Vec<_> = headers.get_all(FOR).iter().collect();
        for value in values.into_iter().rev() {
            for hop in value.to_str().unwrap_or("?").rsplit(',') {
                let Some(hop) = address(hop.trim()) else { return known };
                known = hop;
                if !self.trust(hop) {
                    return known;
                }
            }
        }
        known
    }
}

/// Some proxies write the port too.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().map(|it| it.ip());
    text.trim_matches(['[', ']']).parse::<IpAddr>().or_else(|_| with_port()).ok().map(|it| it.to_canonical())
}

impl Network {
    fn holds(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(32 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(128 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(drop)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(drop)?;
        (bits <= most).then_some(Self { address, bits }).ok_or(())
    }
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn proxies(text: &str) -> Result<Proxies, ConfigError> {
        Proxies::from_env(&Env::new([("BROKER_TRUSTED_PROXIES".to_owned(), text.to_owned())]))
    }

    fn settled(peer: &str, headers: &[(&'static str, &str)]) -> (Origin, HeaderMap) {
        let mut request = Request::builder().uri("/x").header("host", "front");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let origin = proxies("10.0.0.0/8, ::1").unwrap().settle(&mut request);
        (origin, request.headers().clone())
    }

    #[test]
    fn a_caller_is_the_last_hop_that_is_none_of_ours() {
        let cases = [
            ("192.0.2.7", None, "192.0.2.7"),
            ("192.0.2.7", Some("203.0.113.1"), "192.0.2.7"),
            ("10.1.2.3", None, "10.1.2.3"),
            ("10.1.2.3", Some("203.0.113.1"), "203.0.113.1"),
            ("::ffff:10.1.2.3", Some("203.0.113.1:99"), "203.0.113.1"),
            ("10.1.2.3", Some("6.6.6.6, 203.0.113.1, 10.9.9.9"), "203.0.113.1"),
            ("10.1.2.3", Some("203.0.113.1, unknown, 10.9.9.9"), "10.9.9.9"),
            ("10.1.2.3", Some("10.0.0.1, 10.0.0.2"), "10.0.0.1"),
            ("::1", Some("[2001:db8::1]:443"), "2001:db8::1"),
            ("::2", Some("203.0.113.1"), "::2"),
        ];
        for (peer, forwarded, expected) in cases {
            let sent: Vec<_> = forwarded.map(|it| ("x-forwarded-for", it)).into_iter().collect();
            let (origin, headers) = settled(peer, &sent);
            assert_eq!(origin.address, Some(expected.parse().unwrap()), "{peer} {forwarded:?}");
            assert_eq!(origin.is_forwarded, forwarded.is_some());
            assert_eq!(headers["x-forwarded-for"], expected);
        }
    }

    #[test]
    fn only_a_stranger_that_forwards_is_told_of() {
        for (peer, header, is_told) in
            [("192.0.2.7", "accept", false), ("10.0.0.1", FOR, false), ("192.0.2.7", FOR, true)]
        {
            let proxies = proxies("10.0.0.0/8").unwrap();
            let mut request = Request::builder().header(header, "203.0.113.1").body(Body::empty()).unwrap();
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
            proxies.settle(&mut request);
            assert_eq!(proxies.is_said.load(Ordering::Relaxed), is_told, "{peer} {header}");
        }
    }

    #[test]
    fn what_strangers_say_is_stripped_and_what_proxies_say_stays() {
        let said = [
            ("x-forwarded-host", "example.org"),
            ("x-forwarded-proto", "https"),
            ("forwarded", "for=6.6.6.6"),
            ("x-real-ip", "6.6.6.6"),
            ("x-user-id", "admin"),
            ("x_user_roles", "admin"),
        ];
        for (peer, host, proto) in [("192.0.2.7", "front", "http"), ("10.0.0.1", "example.org", "https")] {
            let (_, headers) = settled(peer, &said);
            assert_eq!(
                (&headers["x-forwarded-host"], &headers["x-forwarded-proto"]),
                (&HeaderValue::from_static(host), &HeaderValue::from_static(proto))
            );
            for gone in ["forwarded", "x-real-ip", "x-user-id", "x_user_roles"] {
                assert!(!headers.contains_key(gone), "{gone}");
            }
        }
    }

    #[test]
    fn what_is_no_network_is_told() {
        for wrong in ["10.0.0.0/33", "nginx", "10.0.0.0/", "::1/129"] {
            let error = proxies(wrong).unwrap_err().to_string();
            assert!(error.contains("BROKER_TRUSTED_PROXIES") && error.contains(wrong), "{error}");
        }
        assert!(proxies("0.0.0.0/0").unwrap().trust("203.0.113.1".parse().unwrap()));
    }
}
