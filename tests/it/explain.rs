//! What would become of a call, told by the binary: with nothing running, and with a mesh that it must not call.

use serde_json::{Value, json};

use crate::harness::{Mesh, Way, alone, run};

mod embedded {
    use super::*;

    #[tokio::test]
    async fn a_call_is_explained_with_nothing_running() {
        let (folder, variables) = alone();
        let explain = async |arguments: &[&str]| {
            let arguments: Vec<_> = ["explain"].iter().chain(arguments).copied().collect();
            run(&arguments, folder.path(), &variables).await
        };
        let done = explain(&["POST /v1/logs", "-d", r#"{"name":"n","level":"INFO"}"#]).await;
        assert_eq!(done.code, Some(0), "{done:?}");
        for part in
            ["routes.toml:", "grpc logger logger.v1.Logger/Write", "does not accept a connection", "\"level\":\"INFO\""]
        {
            assert!(done.stdout.contains(part), "no {part} in {}", done.stdout);
        }
        let layers = ["auth ", "limit ", "key ", "async ", "concurrency ", "deadline ", "retry ", "balance "];
        let places = layers
            .map(|layer| done.stdout.find(&format!("\n{layer}")).unwrap_or_else(|| panic!("{layer}: {}", done.stdout)));
        assert!(places.is_sorted(), "{}", done.stdout);

        let done = explain(&["--action", "log", "-d", r#"{"name":"n"}"#, "--json"]).await;
        let plan: Value = serde_json::from_str(&done.stdout).unwrap();
        assert_eq!((&plan["sent"]["line"], &plan["sent"]["message"]["name"]), (&json!("grpc"), &json!("n")));

        for (arguments, sentence) in [
            (&["POST /v1/logs", "-d", r#"{"nmae":"n"}"#][..], "nmae: is unknown, did you mean 'name'?"),
            (&["GET /v1/lgos"], "no route for GET /v1/lgos"),
            (&["PUT", "/v1/logs"], "/v1/logs does not take PUT; it takes GET, POST"),
            (&["GET /v1/audit", "--as", "user"], "this route needs the role 'admin'"),
            (&["GET /v1/me", "--as", "nobody"], "this route needs a signed-in caller"),
            (&["--action", "lgo"], "did you mean 'log'?"),
            (&["GET /v1/me", "-H", "Bearer s3cret"], "that is no header"),
        ] {
            let done = explain(arguments).await;
            assert_eq!(done.code, Some(1), "{arguments:?}: {done:?}");
            assert!(done.stderr.contains(sentence), "{arguments:?}: {done:?}");
            assert!(!done.stderr.contains("s3cret"), "{done:?}");
        }
    }

    #[tokio::test]
    async fn secrets_and_tokens_are_masked() {
        let (folder, variables) = alone();
        let body = r#"{"email":"ada@example.com","password":"s3cret"}"#;
        for arguments in [
            &["POST /v1/users", "-d", body][..],
            &["POST /authentication", "-d", body],
            &["--action", "auth", "-d", body],
            &["GET /renew-token?refresh_token=s3cret"],
            &["GET /v1/me", "--as", "user", "-H", "authorization: Bearer s3cret", "-H", "cookie: a=s3cret"],
        ] {
            for format in [&[][..], &["--json"]] {
                let arguments: Vec<_> = ["explain"].iter().chain(arguments).chain(format).copied().collect();
                let done = run(&arguments, folder.path(), &variables).await;
                assert_eq!(done.code, Some(0), "{done:?}");
                assert!(done.stdout.contains("***"), "{arguments:?}: {}", done.stdout);
                assert!(!done.stdout.contains("s3cret") && !done.stderr.contains("s3cret"), "{done:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_running_mesh_is_looked_at_and_not_called() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        let mut variables = mesh.variables.clone();
        for service in ["logger", "math"] {
            let scheme = if service == "logger" { "grpc" } else { "http" };
            variables
                .insert(format!("{}_URL", service.to_uppercase()), format!("{scheme}://{}", mesh.address(service)));
        }
        let body = r#"{"name":"explained","data":"x"}"#;
        for request in ["POST /v1/logs", "POST /v1/events/logs"] {
            let done = run(&["explain", request, "-d", body, "--json"], mesh.folder.path(), &variables).await;
            assert_eq!(done.code, Some(0), "{done:?}");
            let plan: Value = serde_json::from_str(&done.stdout).unwrap();
            if request == "POST /v1/logs" {
                let instances = &plan["instances"];
                let address = json!(mesh.address("logger").to_string());
                assert_eq!((&instances["found"][0]["address"], &instances["first"]), (&address, &address));
            } else {
                assert_eq!(plan["sent"]["key"], "log.INFO");
                assert_eq!(plan["sent"]["queues"], json!(["v1.listener.store-logs"]));
            }
        }
        let found = mesh.get("/v1/logs?name=explained").await.expect(200);
        assert_eq!(found["entries"], json!([]));
        mesh.stop().await;
    }
}
