//! Whose calls are counted together: those of a user, of an API key, of an address. Only a hash of it is kept, here and
//! in Redis: short, of one length, and nothing to call with.

use std::net::{IpAddr, Ipv6Addr};

use mesh::identity::Access;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// Half of SHA-256 over what tells callers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Who(pub(super) u128);

impl Who {
    /// Where all callers are counted together.
    pub(super) const EVERYBODY: Self = Self(0);

    /// Several keys of one user count apart from each other and from the user, whose own calls they do not use up.
    pub(super) fn of(verified: Option<(&Access, &SecretString)>, origin: Option<IpAddr>) -> Self {
        match (verified, origin) {
            (Some((access, key)), _) if access.is_by_api_key() => Self::hash(b"key", key.expose_secret().as_bytes()),
            (Some((access, _)), _) => Self::hash(b"user", access.identity.subject.as_bytes()),
            (None, Some(IpAddr::V4(address))) => Self::hash(b"address", &address.octets()),
            (None, Some(IpAddr::V6(address))) => Self::hash(b"address", &network(address)),
            (None, None) => Self::hash(b"address", &[]),
        }
    }

    fn hash(kind: &[u8], value: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(value).finalize();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Self(u128::from_be_bytes(half))
    }
}

/// One subscriber of IPv6 has at least a /64 (RFC 6177): counted by address it would be as many callers as it likes.
fn network(address: Ipv6Addr) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = address.octets();
    [a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Who {
        Who::of(None, Some(address.parse().unwrap()))
    }

    #[test]
    fn addresses_are_told_apart_and_those_of_one_subscriber_are_not() {
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
        assert_eq!(at("2001:db8:0:1::1"), at("2001:db8:0:1:ffff::2"));
        assert_ne!(at("2001:db8:0:1::1"), at("2001:db8:0:2::1"));
        assert_ne!(Who::of(None, None), at("0.0.0.0"));
    }

    #[test]
    fn what_is_of_another_kind_is_somebody_else() {
        assert_ne!(Who::hash(b"user", b"x"), Who::hash(b"key", b"x"));
    }
}
