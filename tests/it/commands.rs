//! The commands that people use beside the services.

use serde_json::{Value, json};

use crate::harness::{Mesh, Person, Way, alone, eventually, run, run_with};

mod embedded {
    use super::*;

    #[tokio::test]
    async fn check_counts_what_is_right_and_lists_what_is_wrong() {
        let (folder, variables) = alone();
        let done = run(&["check"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(
            done.stdout.starts_with("routes.toml: ") && done.stdout.ends_with(" 4 services, no mistakes\n"),
            "{done:?}"
        );

        let table = "version = 1\n[services]\nlogger = \"grpc://127.0.0.1:1\"\n\n\
            [[route]]\non = \"POST /a\"\ncall = \"grpc loger logger.v1.Logger/Write\"\n\n\
            [[route]]\non = \"POST /b\"\ncall = \"grpc logger logger.v1.Logger/Wriet\"\ntimeout = \"soon\"\n\n\
            [[route]]\non = \"POST /a\"\ncall = \"event x\"\n";
        std::fs::write(folder.path().join("other.toml"), table).unwrap();
        let done = run(&["check", "other.toml"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(1), "{done:?}");
        for place in ["other.toml:7:", "other.toml:12:", "other.toml:15:"] {
            assert!(done.stdout.lines().any(|line| line.starts_with(place)), "no {place} in {}", done.stdout);
        }
        assert!(done.stdout.contains("did you mean 'logger'"), "{done:?}");
    }

    #[tokio::test]
    async fn a_ledger_that_shows_nothing_ends_as_an_invalid_one() {
        let (folder, variables) = alone();
        let install = ["ledger", "--url", "http://127.0.0.1:1", "--email", "ada@example.com"];
        let cases = [
            (&install[..], "refused"),
            (&[&install[..], &["--faults", "nope"]].concat(), "nope"),
            (&["ledger", "--rate", "0"], "--rate"),
        ];
        for (line, reason) in cases {
            let done = run_with(line, "correct horse\n", folder.path(), &variables).await;
            assert!(done.code == Some(2) && done.stderr.contains(reason), "{line:?}: {done:?}");
        }
        let mut wrong = variables;
        wrong.insert("SWITCHBOARD_LOG".to_owned(), "nope".to_owned());
        let done = run(&["ledger"], folder.path(), &wrong).await;
        assert!(done.code == Some(2) && done.stderr.contains("SWITCHBOARD_LOG"), "{done:?}");
    }

    #[tokio::test]
    async fn a_service_is_looked_for_where_its_variable_puts_it() {
        let (folder, mut variables) = alone();
        variables.insert("LOGGER_ADDR".to_owned(), "127.0.0.1:9".to_owned());
        let done = run(&["explain", "POST /v1/logs", "-d", r#"{"name":"n"}"#], folder.path(), &variables).await;
        assert!(done.stdout.contains("127.0.0.1:9 "), "{done:?}");
    }

    #[tokio::test]
    async fn check_knows_the_methods_of_the_built_in_services() {
        let (folder, variables) = alone();
        let text = std::fs::read_to_string(folder.path().join("routes.toml")).unwrap();
        std::fs::write(folder.path().join("routes.toml"), text.replacen("Logger/Write\"", "Logger/Wriet\"", 1))
            .unwrap();
        let done = run(&["check"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(1), "{done:?}");
        assert!(done.stdout.contains("Wriet") && done.stdout.contains("did you mean"), "{done:?}");
    }

    #[tokio::test]
    async fn routes_are_listed_below_each_other() {
        let (folder, variables) = alone();
        let done = run(&["routes"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(0), "{done:?}");
        let mut lines = done.stdout.lines();
        let head = lines.next().unwrap();
        let columns = ["on", "action", "call", "auth", "timeout", "live"];
        assert_eq!(head.split_whitespace().collect::<Vec<_>>(), columns);
        let at = head.find("call").unwrap();
        let row = lines.find(|line| line.starts_with("POST /v1/logs ")).expect("the row of POST /v1/logs");
        assert!(row[at..].starts_with("grpc logger logger.v1.Logger/Write "), "{row}");
        assert!(row.contains(" log ") && row.contains(" local "), "{row}");
        assert_eq!(row.split_whitespace().rev().take(2).collect::<Vec<_>>(), ["-", "5s"], "{row}");
        let watched = lines.find(|line| line.starts_with("GET /v1/logs/tail ")).expect("the row that is watched");
        assert!(watched.ends_with(" logs"), "{watched}");
    }

    #[tokio::test]
    async fn the_topology_can_be_read_before_it_is_applied() {
        let (folder, variables) = alone();
        let done = run(&["topology", "show"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(0), "{done:?}");
        for name in ["events", "v1.listener.store-logs", "v1.listener.store-logs.suspect", "dead.listener", "log.#"] {
            assert!(done.stdout.contains(name), "no {name} in {}", done.stdout);
        }
        let done = run(&["topology", "apply"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(1));
        assert!(done.stderr.contains("RABBITMQ_URL: must be set"), "{done:?}");
    }

    #[tokio::test]
    async fn every_setting_is_shown_and_no_secret() {
        let (folder, mut variables) = alone();
        variables.insert("RABBITMQ_URL".to_owned(), "amqp://me:s3cret@127.0.0.1:9/x".to_owned());
        variables.insert("REDIS_URL".to_owned(), "redis://:s3cret@127.0.0.1:9".to_owned());
        let done = run(&["config"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(!done.stdout.contains("s3cret") && done.stdout.contains("amqp://me:***@127.0.0.1:9/x"), "{done:?}");
        let done = run(&["config", "--format", "json"], folder.path(), &variables).await;
        let settings: Vec<Value> = serde_json::from_str(&done.stdout).unwrap();
        let by_name =
            |name: &str| settings.iter().find(|it| it["variable"] == name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(by_name("BROKER_ADDR")["set"], true);
        assert_eq!(by_name("SWITCHBOARD_GRACE")["set"], false);
        assert_eq!(by_name("SWITCHBOARD_GRACE")["value"], "10s");
        let documented = documented();
        for name in &documented {
            assert!(settings.iter().any(|it| it["variable"] == **name), "{name} is in .env.example only");
        }
        for setting in settings.iter().map(|it| it["variable"].as_str().unwrap()) {
            assert!(documented.iter().any(|name| name == setting), "{setting} is not in .env.example");
        }
    }

    /// The variables of `.env.example` that the services read themselves: not those of the route table and the tests.
    fn documented() -> Vec<String> {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(".env.example");
        let text = std::fs::read_to_string(file).unwrap();
        let names = text.lines().filter_map(|line| line.strip_prefix('#')?.split_once('=').map(|it| it.0.to_owned()));
        let is_ours = |name: &String| {
            let is_variable = name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
            let is_route = ["LOGGER_URL", "MATH_URL", "OPERATIONS_URL"].contains(&name.as_str());
            is_variable && !is_route && !name.starts_with("TEST_") && !name.contains("_TESTS_")
        };
        names.filter(is_ours).collect()
    }

    #[tokio::test]
    async fn health_is_asked_by_the_exit_code() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        // The broker may have looked for the authenticator's keys before they were there; it looks again.
        eventually("nothing is degraded", async || {
            let done = run(&["health"], mesh.folder.path(), &mesh.variables).await;
            assert!(done.code == Some(0) && done.stdout.starts_with("broker is ready\n"), "{done:?}");
            (done.stdout == "broker is ready\n").then_some(())
        })
        .await;
        let logger = format!("http://{}", mesh.address("logger"));
        let done = run(&["health", &logger], mesh.folder.path(), &mesh.variables).await;
        assert_eq!((done.code, done.stdout.as_str()), (Some(0), "logger is ready\n"), "{done:?}");
        mesh.stop().await;
        let done = run(&["health"], mesh.folder.path(), &mesh.variables).await;
        assert_eq!(done.code, Some(1), "{done:?}");
    }

    #[tokio::test]
    async fn a_token_is_printed_alone_and_a_refusal_says_what_to_do() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        let token = async |arguments: &[&str], password: &str| {
            run_with(arguments, password, mesh.folder.path(), &mesh.variables).await
        };
        let done = token(&["token"], "").await;
        assert_eq!((done.code, done.stdout.lines().count(), &*done.stderr), (Some(0), 1, ""), "{done:?}");
        mesh.stranger().bearing(done.stdout.trim()).get("/v1/audit").await.expect(200);
        let ada = Person::new("ada");
        ada.register(&mesh).await.expect(201);
        let done = token(&["token", "--email", &ada.email], &format!("{}\n", ada.password)).await;
        let me = mesh.stranger().bearing(done.stdout.trim()).get("/v1/me").await.expect(200);
        assert_eq!(me["email"], ada.email);
        let done = token(&["token", "--email", &ada.email], "not the password\n").await;
        assert!(done.code == Some(1) && done.stderr.contains("wrong e-mail or password"), "{done:?}");
        let done = token(&["token", "--email", &ada.email], "").await;
        assert!(done.code == Some(1) && done.stderr.contains("expected it on standard input"), "{done:?}");
        mesh.stop().await;
        let done = run(&["token"], mesh.folder.path(), &mesh.variables).await;
        assert!(done.code == Some(1) && done.stderr.contains("start the mesh with `make run`"), "{done:?}");
    }

    /// On the rows of a mesh that runs, and for somebody who lost the password.
    #[tokio::test]
    async fn admins_are_made_and_passwords_reset_from_the_command_line() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        let admin = Person::new("grace");
        let folder = mesh.folder.path();
        let done = run_with(&["admin", "create", &admin.email], &admin.password, folder, &mesh.variables).await;
        assert!(done.code == Some(0) && !done.stdout.contains(&admin.password), "{done:?}");
        admin.signed_in(&mesh).await.client.get("/v1/audit").await.expect(200);
        let done = run_with(&["admin", "create", &admin.email], &admin.password, folder, &mesh.variables).await;
        assert_eq!(done.code, Some(1), "{done:?}");
        let done = run(&["admin", "reset-link", &admin.email], folder, &mesh.variables).await;
        assert_eq!(done.code, Some(0), "{done:?}");
        let token = done.stdout.split(|it: char| it.is_whitespace() || "=\"'".contains(it));
        let token = token.max_by_key(|word| word.len()).unwrap().to_owned();
        let next = Person { password: "another horse battery".to_owned(), email: admin.email.clone() };
        let reset = json!({"token": token, "new_password": next.password});
        let answer = mesh.stranger().post("/v1/password-resets", &reset).await;
        answer.done();
        next.signed_in(&mesh).await;
        admin.sign_in(&mesh).await.problem(401);
        let answer = mesh.stranger().post("/v1/password-resets", &reset).await;
        assert_eq!(answer.status / 100, 4, "a link is good once: {answer:?}");
        let done = run(&["keys", "rotate"], folder, &mesh.variables).await;
        assert_eq!(done.code, Some(0), "{done:?}");
        next.signed_in(&mesh).await.client.get("/v1/me").await.expect(200);
        mesh.get("/v1/me").await.expect(200);
        let done = run(&["admin", "reset-link", "nobody@example.com"], folder, &mesh.variables).await;
        assert!(done.code == Some(1) && done.stderr.contains("no account"), "{done:?}");
        mesh.stop().await;
    }

    #[tokio::test]
    async fn who_may_call_is_explained() {
        let (folder, variables) = alone();
        let done = run(&["explain", "GET", "/v1/logs/tail"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(0), "{done:?}");
        for part in ["GET /v1/logs/tail", "grpc logger logger.v1.Logger/Tail", "user"] {
            assert!(done.stdout.contains(part), "no {part} in {}", done.stdout);
        }
        let done = run(&["explain", "GET", "/v1/lgos"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(1), "{done:?}");
    }

    #[tokio::test]
    async fn every_command_helps_with_an_example() {
        let (folder, variables) = alone();
        for command in [
            "up", "serve", "check", "routes", "topology", "migrate", "config", "health", "explain", "token", "admin",
            "keys", "mesh", "queues", "dead", "demo",
        ] {
            let done = run(&[command, "--help"], folder.path(), &variables).await;
            assert_eq!(done.code, Some(0), "{done:?}");
            assert!(done.stdout.contains("Example") && done.stdout.contains(command), "{}", done.stdout);
        }
        let done = run(&["--version"], folder.path(), &variables).await;
        assert!(done.stdout.starts_with("switchboard 0."), "{done:?}");
        let done = run(&["serve", "loger"], folder.path(), &variables).await;
        assert!(done.code == Some(2) && done.stderr.contains("logger"), "{done:?}");
    }
}

mod mixed_rabbitmq {
    use super::*;

    #[tokio::test]
    async fn the_topology_is_applied_once_and_again() {
        let mut mesh = Mesh::start(Way::Mixed).await;
        for _ in 0..2 {
            let done = run(&["topology", "apply"], mesh.folder.path(), &mesh.variables).await;
            assert_eq!(done.code, Some(0), "{done:?}");
            assert!(done.stdout.contains("2 work queues") && !done.stdout.contains("guest:guest"), "{done:?}");
        }
        mesh.stop().await;
    }
}
