//! A virtual host, databases and a log of its own for each test on the engines that everybody shares, taken away at
//! its end, also when it fails.

use std::net::SocketAddr;
use std::process::Command;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

pub(crate) struct Engines {
    name: String,
    rabbitmq: String,
    /// The databases of accounts, of kept calls and of operations.
    postgres: Option<[String; 3]>,
    mongo: Option<String>,
}

fn server(variable: &str, default: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| default.to_owned())
}

fn rabbitmq_server() -> String {
    server("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672")
}

/// Host and port as they stand in the URL.
pub(super) fn rabbitmq_address() -> String {
    let url = rabbitmq_server();
    let rest = url.split("://").nth(1).unwrap_or_default().split(['/', '?']).next().unwrap_or_default();
    rest.rsplit('@').next().unwrap_or_default().to_owned()
}

impl Engines {
    /// RabbitMQ alone.
    pub(crate) fn rabbitmq() -> Self {
        let server = rabbitmq_server();
        let name = format!("test_it_{}", Uuid::new_v4().simple());
        let user = server.split("://").nth(1).and_then(|rest| rest.split([':', '@']).next()).unwrap_or("guest");
        let engines = Self { rabbitmq: with_database(&server, &name), name, postgres: None, mongo: None };
        rabbitmqctl(&["add_vhost", &engines.name]);
        rabbitmqctl(&["set_permissions", "-p", &engines.name, user, ".*", ".*", ".*"]);
        engines
    }

    /// RabbitMQ, PostgreSQL and MongoDB.
    pub(crate) async fn all() -> Self {
        let mut engines = Self::rabbitmq();
        let names = databases(&engines.name);
        for name in &names {
            execute(&postgres_server(), format!("CREATE DATABASE {name}")).await;
        }
        engines.postgres = Some(names.map(|name| with_database(&postgres_server(), &name)));
        engines.mongo = Some(with_database(&server("TEST_MONGO_URL", "mongodb://127.0.0.1:27017"), &engines.name));
        engines
    }

    /// How the services find them.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let mut all = vec![("RABBITMQ_URL", self.rabbitmq.clone())];
        let variables = ["AUTHENTICATOR_POSTGRES_URL", "BROKER_POSTGRES_URL", "OPERATIONS_POSTGRES_URL"];
        all.extend(self.postgres.iter().flat_map(|urls| variables.into_iter().zip(urls.clone())));
        all.extend(self.mongo.clone().map(|url| ("LOGGER_MONGO_URL", url)));
        all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    pub(crate) fn rabbitmq_url(&self) -> &str {
        &self.rabbitmq
    }

    /// The same virtual host, reached by way of `address`.
    pub(crate) fn by_way_of(&mut self, address: SocketAddr) {
        self.rabbitmq = self.rabbitmq_by_way_of(address);
    }

    pub(crate) fn rabbitmq_by_way_of(&self, address: SocketAddr) -> String {
        self.rabbitmq.replacen(&rabbitmq_address(), &address.to_string(), 1)
    }

    async fn remove(name: String, has_postgres: bool, mongo: Option<String>) {
        for database in databases(&name).iter().filter(|_| has_postgres) {
            execute(&postgres_server(), format!("DROP DATABASE {database} WITH (FORCE)")).await;
        }
        if let Some(url) = mongo {
            let client = mongodb::Client::with_uri_str(url).await.unwrap();
            client.database(&name).drop().await.unwrap();
        }
    }
}

impl Drop for Engines {
    fn drop(&mut self) {
        rabbitmqctl(&["delete_vhost", &self.name]);
        let removed = Self::remove(self.name.clone(), self.postgres.is_some(), self.mongo.take());
        // A runtime of its own: the one of the test may be ending.
        let work =
            move || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(removed);
        let done = std::thread::spawn(work).join();
        // A panic while panicking would abort the run and hide the first one.
        assert!(done.is_ok() || std::thread::panicking(), "the test's databases could not be dropped");
    }
}

fn postgres_server() -> String {
    server("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
}

fn databases(name: &str) -> [String; 3] {
    [name.to_owned(), format!("{name}_calls"), format!("{name}_operations")]
}

/// `scheme://authority/database?parameters`, whatever the path was.
fn with_database(url: &str, database: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, String::new()), |(it, rest)| (it, format!("?{rest}")));
    let (scheme, rest) = address.split_once("://").expect("a URL has a scheme");
    format!("{scheme}://{}/{database}{parameters}", rest.split('/').next().unwrap_or_default())
}

async fn execute(server: &str, sql: String) {
    let mut admin = PgConnection::connect(server).await.unwrap_or_else(|error| {
        panic!("this test needs PostgreSQL: start it, such as by `make services`, or set TEST_POSTGRES_URL ({error})")
    });
    admin.execute(AssertSqlSafe(sql)).await.unwrap();
}

fn rabbitmqctl(arguments: &[&str]) {
    const HELP: &str = "this test needs RabbitMQ: start it so that rabbitmqctl works here, such as by `make services`";
    let failure = match Command::new("rabbitmqctl").arg("-q").args(arguments).output() {
        Ok(output) if output.status.success() => return,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    assert!(std::thread::panicking(), "{HELP}\nrabbitmqctl {arguments:?}: {failure}");
}
