//! The ways that a mesh can run, and the processes that it has in each.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use super::process::{Pids, Place, Process};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// One process, everything embedded.
    Embedded,
    /// One process, events over RabbitMQ, rows embedded.
    Rabbitmq,
    /// A process for each service, two for the logger, on PostgreSQL, MongoDB, RabbitMQ and Redis.
    Engines,
}

/// What is called comes before who calls: so they are started, and stopped the other way round.
const SERVICES: [&str; 6] = ["logger", "authenticator", "math", "operations", "listener", "broker"];
const BREAKABLE: [&str; 7] = ["logger-1", "logger", "authenticator", "math", "operations", "listener", "broker"];
/// The process that runs all of them.
pub(super) const UP: &str = "up";
/// Of which there are two where each service has a process: one that is away must not be seen from outside.
const TWICE: &str = "logger";

impl Way {
    /// Whether the rows are in files of the mesh's own.
    pub(super) fn has_rows_here(self) -> bool {
        self != Self::Engines
    }

    pub(super) fn is_one_process(self) -> bool {
        self != Self::Engines
    }

    pub(super) fn has_queue(self) -> bool {
        self != Self::Embedded
    }

    /// The names of what can be killed: every service with all of its instances, one of several alone, the one process.
    pub(super) fn breakable(self) -> &'static [&'static str] {
        match self {
            Self::Embedded | Self::Rabbitmq => &[UP],
            Self::Engines => &BREAKABLE,
        }
    }

    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Embedded => "one process, everything embedded",
            Self::Rabbitmq => "one process, events over RabbitMQ, rows embedded",
            Self::Engines => "a process for each service, on PostgreSQL, MongoDB, RabbitMQ and Redis",
        }
    }
}

impl std::str::FromStr for Way {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "embedded" => Ok(Self::Embedded),
            "rabbitmq" => Ok(Self::Rabbitmq),
            "engines" => Ok(Self::Engines),
            _ => Err(format!("'{text}' is no way of running: there are embedded, rabbitmq and engines")),
        }
    }
}

/// Addresses of its own for every service. They are chosen here, as whoever is killed has to find its own free again.
pub(super) fn variables(way: Way) -> anyhow::Result<BTreeMap<String, String>> {
    // The cheapest hash: registrations are to be many.
    let mut all = BTreeMap::from([("AUTHENTICATOR_BCRYPT_COST".to_owned(), "4".to_owned())]);
    for service in SERVICES {
        all.insert(variable(service, "ADDR"), address()?.to_string());
    }
    if way == Way::Engines {
        all.insert(second(TWICE), address()?.to_string());
        all.insert(variable(TWICE, "URL"), format!("grpc://{},{}", all["LOGGER_ADDR"], all[&second(TWICE)]));
        for service in ["authenticator", "math", "operations"] {
            let url = format!("http://{}", all[&variable(service, "ADDR")]);
            all.insert(variable(service, "URL"), url);
        }
    }
    Ok(all)
}

/// In the order in which they are started.
pub(super) fn processes(
    way: Way,
    here: &Place,
    variables: &BTreeMap<String, String>,
    pids: &Pids,
) -> anyhow::Result<Vec<Process>> {
    let at = |variable: &str| -> anyhow::Result<SocketAddr> { Ok(variables[variable].parse()?) };
    let made = |name: &str, arguments: &[&str], addresses: Vec<SocketAddr>| {
        let mut variables = variables.clone();
        variables.insert("SWITCHBOARD_INSTANCE".to_owned(), name.to_owned());
        Process::new(name, here, arguments, variables, addresses, pids)
    };
    if way != Way::Engines {
        let addresses: Result<_, _> = SERVICES.iter().map(|service| at(&variable(service, "ADDR"))).collect();
        return Ok(vec![made(UP, &[UP], addresses?)]);
    }
    let mut all = Vec::new();
    let mut another = made(&format!("{TWICE}-2"), &["serve", TWICE], vec![at(&second(TWICE))?]);
    another.set(&variable(TWICE, "ADDR"), &variables[&second(TWICE)]);
    all.push(another);
    for service in SERVICES {
        let name = if service == TWICE { format!("{TWICE}-1") } else { service.to_owned() };
        all.push(made(&name, &["serve", service], vec![at(&variable(service, "ADDR"))?]));
    }
    Ok(all)
}

fn variable(service: &str, what: &str) -> String {
    format!("{}_{what}", service.to_uppercase())
}

/// Where the address of a second instance is remembered; services do not know this name.
fn second(service: &str) -> String {
    format!("SECOND_{}_ADDR", service.to_uppercase())
}

fn address() -> anyhow::Result<SocketAddr> {
    Ok((Ipv4Addr::LOCALHOST, faults::free_port()?).into())
}
