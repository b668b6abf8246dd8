//! Starts that cannot succeed end with one sentence that says what is wrong and what to do.

use std::net::TcpListener;
use std::time::Instant;

use crate::harness::{Mesh, PATIENCE, Process, Way, alone, run};

mod embedded {
    use super::*;

    /// A machine may be busy with other tests: one start has to be quick before patience ends.
    #[tokio::test]
    async fn everything_is_ready_soon_and_told_once() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        let told = mesh.process("broker").output();
        let (began, mut took) = (Instant::now(), vec![ready_in(&told)]);
        while began.elapsed() < PATIENCE && took.iter().all(|ms| *ms > 500) {
            let mut again = Mesh::start(Way::Embedded).await;
            took.push(ready_in(&again.process("broker").output()));
            again.stop().await;
        }
        assert!(took.iter().any(|ms| *ms <= 500), "ready only after {took:?} ms");
        for service in ["broker", "listener", "logger", "authenticator", "math", "operations", "bus"] {
            let lines = told.lines().filter(|line| line.starts_with(&format!("{service} "))).count();
            assert_eq!(lines, 1, "{service} in {told}");
        }
        assert!(told.contains("SQLite") && told.contains("127.0.0.1"), "{told}");
        mesh.stop().await;
    }

    /// The milliseconds in `ready in N ms`, which has to stand there once.
    fn ready_in(told: &str) -> u32 {
        let mut lines = told.lines().filter_map(|line| line.strip_prefix("ready in ")?.strip_suffix(" ms"));
        let (first, second) = (lines.next().unwrap_or_else(|| panic!("never ready: {told}")), lines.next());
        assert_eq!(second, None, "{told}");
        first.parse().unwrap()
    }

    #[tokio::test]
    async fn a_taken_port_names_its_variable() {
        let (folder, mut variables) = alone();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        variables.insert("BROKER_ADDR".to_owned(), address.clone());
        let done = run(&["up"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(1));
        let sentence =
            format!("BROKER_ADDR: {address} is taken by another program; set BROKER_ADDR to another address");
        assert!(done.stderr.contains(&sentence), "{done:?}");
        assert_eq!(done.stdout, "", "nothing is started");
    }

    #[tokio::test]
    async fn a_locked_folder_names_the_process_that_has_it() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        let (_other, variables) = alone();
        let done = run(&[], mesh.folder.path(), &variables).await;
        assert_eq!(done.code, Some(1));
        let pid = mesh.process("broker").pid();
        assert!(done.stderr.contains(&format!("in use by process {pid}")), "{done:?}");
        assert!(done.stderr.contains("SWITCHBOARD_DATA"), "{done:?}");
        mesh.stop().await;
    }

    #[tokio::test]
    async fn a_folder_is_free_again_after_a_kill() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        mesh.kill("broker").await;
        mesh.revive("broker").await;
        mesh.stop().await;
    }

    #[tokio::test]
    async fn some_services_alone_need_a_queue_to_meet_at() {
        let (folder, variables) = alone();
        let done = run(&["serve", "broker", "logger"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(1));
        assert!(done.stderr.contains("RABBITMQ_URL: must be set"), "{done:?}");
        assert!(done.stderr.contains("broker and logger") && done.stderr.contains("switchboard up"), "{done:?}");
    }

    #[tokio::test]
    async fn production_refuses_what_is_only_fit_for_ones_own_machine() {
        let (folder, mut variables) = alone();
        variables.insert("SWITCHBOARD_ENV".to_owned(), "production".to_owned());
        let done = run(&["up"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(1));
        assert!(done.stderr.contains("RABBITMQ_URL: must be set"), "{done:?}");
    }

    #[tokio::test]
    async fn production_refuses_the_default_address_of_a_service_in_another_process() {
        let (folder, mut variables) = alone();
        let settings = [
            ("SWITCHBOARD_ENV", "production"),
            ("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:9"),
            ("BROKER_POSTGRES_URL", "postgres://me@127.0.0.1:9/broker_db"),
            ("AUTHENTICATOR_URL", "http://127.0.0.1:9"),
        ];
        variables.extend(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let done = run(&["serve", "broker", "math"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(1), "{done:?}");
        assert!(done.stderr.contains("LOGGER_URL must be set when SWITCHBOARD_ENV=production"), "{done:?}");
        let table = std::fs::read_to_string(folder.path().join("routes.toml")).unwrap();
        let line = table.lines().position(|line| line.starts_with("logger ")).unwrap() + 1;
        assert!(done.stderr.contains(&format!("routes.toml:{line}:")), "{done:?}");
        assert!(!done.stderr.contains("AUTHENTICATOR_URL") && !done.stderr.contains("MATH_URL"), "{done:?}");
    }

    #[tokio::test]
    async fn a_wrong_table_refuses_the_start_with_file_and_line() {
        let (folder, variables) = alone();
        let table = "version = 1\n\n[[route]]\non = \"POST /x\"\ncall = \"grpc nobody a.B/C\"\n";
        std::fs::write(folder.path().join("routes.toml"), table).unwrap();
        let done = run(&["up"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(1));
        assert!(done.stderr.contains("routes.toml:5:"), "{done:?}");
    }

    #[tokio::test]
    async fn a_dot_env_file_is_read_and_the_process_wins() {
        let (folder, variables) = alone();
        std::fs::write(folder.path().join(".env"), "MATH_DELAY=nonsense\nBROKER_ADDR=nonsense\n").unwrap();
        let done = run(&["up"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(1));
        assert!(done.stderr.contains("MATH_DELAY: expected"), "{done:?}");
    }

    #[tokio::test]
    async fn what_would_silently_do_nothing_is_refused() {
        let cases = [
            ("SWITCHBOARD_LOG", "loud", "expected off, error, warn, info, debug or trace"),
            ("REDIS_URL", "rediss://127.0.0.1:9", "TLS to Redis is not supported yet"),
        ];
        for (name, value, sentence) in cases {
            let (folder, mut variables) = alone();
            variables.insert(name.to_owned(), value.to_owned());
            let done = run(&["up"], folder.path(), &variables).await;
            assert!(done.code == Some(1) && done.stderr.contains(&format!("{name}: {sentence}")), "{done:?}");
        }
    }

    #[tokio::test]
    async fn a_cache_that_is_away_is_said_once() {
        let mut mesh = Mesh::with(Way::Embedded, &[("REDIS_URL", "redis://:s3cret@127.0.0.1:9")]).await;
        mesh.process("broker").says("Redis does not answer at redis://:***@127.0.0.1:9").await;
        mesh.get("/v1/logs").await.expect(200);
        let output = mesh.stop().await;
        assert_eq!(output.matches("Redis does not answer").count(), 1, "{output}");
        assert!(!output.contains("s3cret"), "{output}");
    }

    /// The engine is away at the start: the rest goes on, and the log says which one and what to do.
    #[tokio::test]
    async fn an_engine_that_is_away_is_told_in_a_sentence() {
        let (folder, mut variables) = alone();
        let away = [
            ("AUTHENTICATOR_POSTGRES_URL", "postgres://me:s3cret@127.0.0.1:9/users_db"),
            ("LOGGER_MONGO_URL", "mongodb://127.0.0.1:9/logs_db"),
        ];
        variables.extend(away.map(|(name, url)| (name.to_owned(), url.to_owned())));
        let mut process = Process::spawn(&["up"], folder.path(), &variables);
        process.says("PostgreSQL does not answer at postgres://me:***@127.0.0.1:9/users_db").await;
        process
            .says("MongoDB cannot be used at mongodb://127.0.0.1:9/logs_db: start it, or set LOGGER_MONGO_URL")
            .await;
        assert!(!process.output().contains("s3cret") && !process.output().contains("ready in"));
        process.stop().await;
    }
}
