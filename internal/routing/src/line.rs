//! The four lines, made ready once for each row when a table is loaded, so that a call does no work that could be done
//! before. Each takes a `Call` and brings back a `Reply`; none knows which door the call came in by.

mod caller;
pub mod event;
pub mod grpc;
pub mod http;
pub mod raw;
pub mod rpc;
pub(crate) mod transcode;

use std::sync::Arc;

use bus::Bus;
use mesh::Error;

use crate::call::{Call, Reply};
use crate::catalog::Catalog;
use crate::policy::Guards;
use crate::table::{Line, Route, Table};
use crate::upstream::Upstreams;

/// What lines are made of; shared by every table of the process.
#[derive(Clone)]
pub struct Parts {
    pub bus: Bus,
    pub catalog: Arc<Catalog>,
    pub upstreams: Arc<Upstreams>,
    pub(crate) guards: Arc<Guards>,
    /// What events say they come from, such as `/broker`.
    pub source: Arc<str>,
}

/// A row's line, ready to carry calls; clones are the same one.
#[derive(Clone)]
pub enum Ready {
    Grpc(Arc<grpc::Grpc>),
    Http(Arc<http::Http>),
    Raw(Arc<raw::Raw>),
    Event(Arc<event::EventLine>),
    Rpc(Arc<rpc::Rpc>),
}

impl Ready {
    /// The route's line with everything looked up; services are known, as the parser made sure.
    pub fn new(route: &Route, table: &Table, parts: &Parts) -> Result<Self, Error> {
        let known = |name: &str| {
            let service = table.services.get(name);
            service.ok_or_else(|| Error::internal(format!("no service '{name}' in the table")))
        };
        let upstream = |name: &str| known(name).map(|service| parts.upstreams.of(service));
        Ok(match &route.call {
            Line::Grpc { service, method } => {
                let (upstream, token) = (upstream(service)?, known(service)?.token);
                Self::Grpc(grpc::Grpc::new(upstream, token, Arc::clone(&parts.catalog), method, route.timeout)?.into())
            }
            Line::Http { service, method, path } => {
                let passed = http::Passed { token: known(service)?.token, cookies: route.cookies };
                Self::Http(
                    http::Http::new(upstream(service)?, method.clone(), path.clone(), passed, route.timeout).into(),
                )
            }
            Line::Raw { service } => {
                let guard = parts.guards.of(&route.call, table);
                Self::Raw(raw::Raw::new(upstream(service)?, known(service)?.token, route, guard).into())
            }
            Line::Event { key } => Self::Event(event::EventLine::new(route, key.clone(), parts).into()),
            Line::Rpc { service, method } => Self::Rpc(rpc::Rpc::new(parts.bus.clone(), service, method).into()),
        })
    }

    /// Whether it is known to bring back more than one JSON text.
    pub fn is_stream(&self) -> bool {
        match self {
            Self::Grpc(line) => line.descriptor().is_ok_and(|method| method.is_server_streaming()),
            Self::Raw(_) => true,
            Self::Http(_) | Self::Rpc(_) | Self::Event(_) => false,
        }
    }

    /// Whether its method is known to have this field; only messages tell.
    pub fn takes(&self, field: &str) -> bool {
        match self {
            Self::Grpc(line) => line.descriptor().is_ok_and(|method| method.input().get_field_by_name(field).is_some()),
            Self::Http(_) | Self::Raw(_) | Self::Rpc(_) | Self::Event(_) => false,
        }
    }

    pub async fn call(&self, call: Call) -> Result<Reply, Error> {
        match self {
            Self::Grpc(line) => line.call(call).await,
            Self::Http(line) => line.call(call).await,
            Self::Event(line) => line.call(call).await,
            Self::Rpc(line) => line.call(call).await,
            Self::Raw(_) => Err(Error::internal("a raw line carries requests, not calls")),
        }
    }
}
