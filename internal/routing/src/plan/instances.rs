//! Where a service is at this moment: the addresses behind its name, and which of them accept a connection.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;
use tokio::net::TcpStream;

use crate::table::Service;
use crate::upstream::resolve::{ask, system};

/// How long an instance may take to accept.
const PATIENCE: Duration = Duration::from_millis(300);

#[derive(Debug, Serialize)]
pub struct Instances {
    pub service: String,
    pub found: Vec<Instance>,
    /// The one that would be taken first: where several accept, they take turns by how busy they are.
    pub first: Option<SocketAddr>,
    /// Why some of its names have no address.
    pub trouble: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Instance {
    pub address: SocketAddr,
    pub accepts: bool,
}

impl Instances {
    pub(super) async fn of(service: &Service) -> Self {
        let (mut addresses, mut trouble, resolver) = (Vec::new(), None, system());
        let asked = service.addresses.iter().map(async |address| (address, ask(&resolver, address).await));
        for (address, resolved) in futures::future::join_all(asked).await {
            match resolved {
                Ok(found) => addresses.extend(found),
                Err(why) => trouble = Some(format!("{address} {why}")),
            }
        }
        addresses.sort_unstable();
        addresses.dedup();
        let asked = addresses.into_iter().map(async |address| Instance { address, accepts: accepts(address).await });
        let found = futures::future::join_all(asked).await;
        let first = found.iter().find(|instance| instance.accepts).map(|instance| instance.address);
        Self { service: service.name.clone(), found, first, trouble }
    }
}

async fn accepts(address: SocketAddr) -> bool {
    matches!(tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await, Ok(Ok(_)))
}
