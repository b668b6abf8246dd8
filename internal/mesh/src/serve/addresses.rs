//! How many connections each address has open, so that one caller cannot take the places of all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::limits::Callers;

/// A network that one customer of a provider is given: all of it is one caller.
const CUSTOMER: u128 = !0 << 64;

#[derive(Clone)]
pub(super) struct Addresses {
    callers: Option<Callers>,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// The place of one connection, free again when it is dropped.
pub(super) struct Place {
    counted: Option<(Addresses, IpAddr)>,
}

impl Addresses {
    pub(super) fn new(callers: Option<Callers>) -> Self {
        Self { callers, open: Arc::default() }
    }

    /// A place for one more connection of this address, unless it has all it may have.
    pub(super) fn enter(&self, peer: IpAddr) -> Option<Place> {
        let peer = peer.to_canonical();
        let Some(callers) = self.callers.as_ref().filter(|callers| !(callers.exempt)(peer)) else {
            return Some(Place { counted: None });
        };
        let caller = caller(peer);
        let mut open = self.open();
        let count = open.entry(caller).or_default();
        if *count >= callers.connections_per_address {
            return None;
        }
        *count += 1;
        Some(Place { counted: Some((self.clone(), caller)) })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((addresses, caller)) = &self.counted else { return };
        let mut open = addresses.open();
        if let Some(count) = open.get_mut(caller) {
            *count -= 1;
            if *count == 0 {
                open.remove(caller);
            }
        }
    }
}

fn caller(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & CUSTOMER).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let exempt = |peer: IpAddr| peer == IpAddr::from([10, 0, 0, 1]);
        let addresses = Addresses::new(Some(Callers { connections_per_address: 2, exempt: Arc::new(exempt) }));
        let enter = |peer: &str| addresses.enter(peer.parse().unwrap());
        let held = [enter("192.0.2.7").unwrap(), enter("::ffff:192.0.2.7").unwrap()];
        assert!(enter("192.0.2.7").is_none());
        assert!(enter("192.0.2.8").is_some());
        let proxied: Vec<_> = (0..5).map(|_| enter("10.0.0.1").unwrap()).collect();
        drop(held);
        assert!(enter("192.0.2.7").is_some());
        drop(proxied);
        assert!(addresses.open().is_empty());
    }

    #[test]
    fn a_network_of_64_bits_is_one_address() {
        let addresses = Addresses::new(Some(Callers { connections_per_address: 1, exempt: Arc::new(|_| false) }));
        let _held = addresses.enter("2001:db8::1".parse().unwrap()).unwrap();
        assert!(addresses.enter("2001:db8::2".parse().unwrap()).is_none());
        assert!(addresses.enter("2001:db8:0:1::1".parse().unwrap()).is_some());
    }
}
