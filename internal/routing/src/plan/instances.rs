//! Where a service is at this moment: the addresses behind its name, and which of them accept a connection.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;
use tokio::net::{TcpStream, lookup_host};

use crate::table::Service;

/// How long an instance may take to accept.
const PATIENCE: Duration = Duration::from_millis(300);
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug, Serialize)]
pub struct Instances {
    pub service: String,
    /// As the table has it.
    pub name: String,
    pub found: Vec<Instance>,
    /// The one that would be taken first: where several accept, they take turns by how busy they are.
    pub first: Option<SocketAddr>,
    /// Why there is none.
    pub trouble: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Instance {
    pub address: SocketAddr,
    pub accepts: bool,
}

impl Instances {
    pub(super) async fn of(service: &Service) -> Self {
        let name = format!("{}:{}", service.host, service.port);
        let resolved = tokio::time::timeout(RESOLVE_TIMEOUT, lookup_host((service.host.as_str(), service.port))).await;
        let (mut addresses, trouble) = match resolved {
            Ok(Ok(addresses)) => (addresses.collect::<Vec<_>>(), None),
            Ok(Err(error)) => (Vec::new(), Some(format!("its name has no address: {error}"))),
            Err(_) => (Vec::new(), Some("the name server does not answer".to_owned())),
        };
        addresses.sort_unstable();
        addresses.dedup();
        let asked = addresses.into_iter().map(async |address| Instance { address, accepts: accepts(address).await });
        let found = futures::future::join_all(asked).await;
        let first = found.iter().find(|instance| instance.accepts).map(|instance| instance.address);
        Self { service: service.name.clone(), name, found, first, trouble }
    }
}

async fn accepts(address: SocketAddr) -> bool {
    matches!(tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await, Ok(Ok(_)))
}
