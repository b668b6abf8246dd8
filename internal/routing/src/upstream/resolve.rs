//! Where names lead: asked again every few seconds, each on its own. What was good last stays while a name server is
//! silent or knows nothing, because instances are seldom all gone and name servers often are.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};

use super::Upstream;
use crate::table::Address;

/// How often a name is asked for its addresses: a new instance is found within twice this.
const AGAIN: Duration = Duration::from_secs(4);
const TIMEOUT: Duration = Duration::from_secs(3);

/// Gives the addresses behind a name.
pub(crate) type Resolver = Arc<dyn Fn(Address) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// The resolver of this machine.
pub(crate) fn system() -> Resolver {
    Arc::new(|Address { host, port }| {
        Box::pin(async move { tokio::net::lookup_host((host, port)).await.map(Iterator::collect) })
    })
}

/// Asks once. Errors are sentences that go after "ADDRESS ".
pub(crate) async fn ask(resolver: &Resolver, address: &Address) -> Result<Vec<SocketAddr>, String> {
    match tokio::time::timeout(TIMEOUT, resolver(address.clone())).await {
        Ok(Ok(found)) if !found.is_empty() => Ok(found),
        Ok(Ok(_)) => Err("has no addresses".to_owned()),
        Ok(Err(error)) => Err(format!("cannot be resolved: {error}")),
        Err(_) => Err("cannot be resolved: no answer in time".to_owned()),
    }
}

/// What is known of each address of a service, in their order.
pub(super) struct Known(Vec<(Address, Vec<SocketAddr>)>);

impl Known {
    /// Those that are no names are known from the start.
    pub(super) fn new(addresses: &[Address]) -> Self {
        let known = |address: &Address| address.host.parse().map(|ip: IpAddr| SocketAddr::new(ip, address.port));
        Self(addresses.iter().map(|it| (it.clone(), known(it).into_iter().collect())).collect())
    }

    pub(super) fn all(&self) -> Vec<SocketAddr> {
        self.0.iter().flat_map(|(_, known)| known).copied().collect()
    }

    pub(super) fn has_names(&self) -> bool {
        !self.names().is_empty()
    }

    /// The positions of names.
    fn names(&self) -> Vec<usize> {
        let is_name = |address: &Address| address.host.parse::<IpAddr>().is_err();
        (0..self.0.len()).filter(|at| is_name(&self.0[*at].0)).collect()
    }
}

/// Asks for what is behind the names again and again, until the upstream is gone.
pub(super) async fn follow(upstream: Weak<Upstream>, mut known: Known, resolver: Resolver) {
    let names = known.names();
    loop {
        let asked = |at: usize| {
            let (resolver, address) = (Arc::clone(&resolver), known.0[at].0.clone());
            async move { (at, ask(&resolver, &address).await) }
        };
        let mut answers: FuturesUnordered<_> = names.iter().map(|at| asked(*at)).collect();
        while let Some((at, answer)) = answers.next().await {
            let (address, last) = &mut known.0[at];
            match answer {
                Ok(found) => *last = found,
                Err(why) => tracing::debug!(%address, "{why}; those known last stay"),
            }
            let Some(upstream) = upstream.upgrade() else { return };
            upstream.set(&known.all());
        }
        let Some(upstream) = upstream.upgrade() else { return };
        upstream.asked.send_replace(true);
        drop(upstream);
        tokio::time::sleep(AGAIN).await;
    }
}
