//! Where secrets must not be: what processes write, rows, queue files, the activity log. A password, a token or a key is
//! nowhere; a hash and an e-mail are in the row of their user and nowhere else.

use std::path::Path;

use serde_json::json;
use sqlx::{AssertSqlSafe, Row, SqlitePool};

use crate::harness::{Mesh, Person, Way, eventually};

/// What was in use, by what it is.
#[derive(Default)]
struct Secrets {
    /// Nowhere at all.
    hidden: Vec<(String, String)>,
    /// In the rows of users alone.
    kept: Vec<(String, String)>,
}

impl Secrets {
    fn hide(&mut self, what: &str, secret: &str) {
        self.hidden.push((what.to_owned(), secret.to_owned()));
    }

    fn keep(&mut self, what: &str, secret: &str) {
        self.kept.push((what.to_owned(), secret.to_owned()));
    }

    /// Neither these nor those.
    fn are_not_in(&self, place: &str, bytes: &[u8]) {
        look(self.hidden.iter().chain(&self.kept), place, bytes);
        look([&("a hash".to_owned(), "$2b$".to_owned())], place, bytes);
    }

    fn hidden_are_not_in(&self, place: &str, bytes: &[u8]) {
        look(&self.hidden, place, bytes);
    }
}

/// However it is capitalised.
fn look<'a>(secrets: impl IntoIterator<Item = &'a (String, String)>, place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    for (what, secret) in secrets {
        assert!(!text.contains(&secret.to_ascii_lowercase()), "{what} is in {place}");
    }
}

/// Everything that an account is used for, right and wrong.
async fn live(mesh: &Mesh) -> Secrets {
    let (mut secrets, mut person) = (Secrets::default(), Person::new("secret"));
    secrets.hide("a password", &person.password);
    secrets.keep("an e-mail", &person.email);
    person.register(mesh).await.expect(201);
    person.register(mesh).await.problem(409);
    let wrong = Person { email: person.email.clone(), password: "wrong horse 4711".to_owned() };
    secrets.hide("a wrong password", &wrong.password);
    wrong.sign_in(mesh).await.problem(401);
    let mistaken = Person { email: "nobody.4711@example.com".to_owned(), password: "too\u{0}odd 4711".to_owned() };
    secrets.keep("an unknown e-mail", &mistaken.email);
    mistaken.register(mesh).await.problem(400);
    mistaken.sign_in(mesh).await;
    let me = person.signed_in(mesh).await;
    for (what, token) in [("an access token", &me.access), ("a refresh token", &me.refresh)] {
        secrets.hide(what, token);
    }
    secrets.hide("a signature", me.access.rsplit('.').next().unwrap());
    let renewed = mesh.stranger().post("/v1/sessions/refresh", &json!({"refresh_token": me.refresh})).await.expect(200);
    secrets.hide("a renewed refresh token", renewed["refresh_token"].as_str().unwrap());
    let made = me.client.post("/v1/me/api-keys", &json!({"name": "nightly"})).await.expect(201);
    secrets.hide("an API key", made["key"].as_str().unwrap());
    mesh.stranger().bearing(made["key"].as_str().unwrap()).get("/v1/me").await.expect(200);
    let link = mesh.post(&format!("/v1/users/{}/reset-link", me.id()), &json!({})).await.expect(201);
    let token = link["token"].as_str().expect("the token of the link").to_owned();
    secrets.hide("a reset token", &token);
    person.password = "reset horse 4711".to_owned();
    secrets.hide("a reset password", &person.password);
    let reset = json!({"token": token, "new_password": person.password});
    let reset = mesh.stranger().post("/v1/password-resets", &reset).await;
    reset.done();
    let again = person.signed_in(mesh).await;
    secrets.hide("another access token", &again.access);
    let next = Person::new("moved");
    secrets.keep("a new e-mail", &next.email);
    let body = json!({"email": next.email, "password": person.password});
    let moved = again.client.post("/v1/me/email", &body).await;
    moved.done();
    deleted(mesh, &mut secrets).await;
    secrets
}

/// What is deleted is in no row any more.
async fn deleted(mesh: &Mesh, secrets: &mut Secrets) {
    let gone = Person::new("gone");
    secrets.hide("the password of a deleted account", &gone.password);
    gone.register(mesh).await.expect(201);
    let me = gone.signed_in(mesh).await;
    let left = me.client.delete_with("/v1/me", &json!({"password": gone.password})).await;
    left.done();
    let id = me.id().to_owned();
    eventually("the deletion is in the audit", async || {
        let page = mesh.get("/v1/audit?name=audit.deleted").await.expect(200);
        page["entries"].to_string().contains(&id).then_some(())
    })
    .await;
    secrets.keep("the e-mail of a deleted account", &gone.email);
}

/// The activity log with its audit, as an admin reads it.
async fn logs(mesh: &Mesh) -> String {
    let mut text = String::new();
    for path in ["/v1/logs?limit=500", "/v1/audit?limit=500"] {
        text.push_str(&mesh.get(path).await.expect(200).to_string());
    }
    text
}

/// A row of every table as text; of users only what is not theirs to hold.
const COLUMNS_OF_USERS: [&str; 4] = ["email", "email_key", "search_text", "password_hash"];

mod embedded {
    use super::*;

    #[tokio::test]
    async fn no_secret_is_written_anywhere() {
        let mut mesh = Mesh::with(Way::Embedded, &[("SWITCHBOARD_LOG", "debug")]).await;
        let secrets = live(&mesh).await;
        secrets.are_not_in("the activity log", logs(&mesh).await.as_bytes());
        let output = mesh.stop().await;
        assert!(output.contains("DEBUG"), "the log is at its chattiest");
        secrets.are_not_in("the log of the process", output.as_bytes());
        let data = mesh.folder.path().join("data");
        for file in std::fs::read_dir(&data).unwrap() {
            let path = file.unwrap().path();
            let (name, bytes) = (path.display().to_string(), std::fs::read(&path).unwrap());
            match name.contains("authenticator.db") {
                true => secrets.hidden_are_not_in(&name, &bytes),
                false => secrets.are_not_in(&name, &bytes),
            }
        }
        secrets.are_not_in("the rows", rows(&data.join("authenticator.db")).await.as_bytes());
    }

    async fn rows(file: &Path) -> String {
        let db = SqlitePool::connect(&format!("sqlite://{}", file.display())).await.unwrap();
        let tables = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'";
        let mut text = String::new();
        for column in sqlx::query(tables).fetch_all(&db).await.unwrap() {
            let (table, column): (String, String) = (column.get(0), column.get(1));
            if table == "users" && COLUMNS_OF_USERS.contains(&&*column) {
                continue;
            }
            let values = format!("SELECT CAST(\"{column}\" AS BLOB) FROM \"{table}\"");
            for row in sqlx::query(AssertSqlSafe(values)).fetch_all(&db).await.unwrap() {
                text.push_str(&String::from_utf8_lossy(&row.get::<Option<Vec<u8>>, _>(0).unwrap_or_default()));
                text.push('\n');
            }
        }
        assert!(text.len() > 1_000, "the tables are read: {text}");
        text
    }
}

mod engines_rabbitmq_postgres_mongo {
    use super::*;

    #[tokio::test]
    async fn no_secret_is_written_anywhere() {
        let mut mesh = Mesh::with(Way::Engines, &[("SWITCHBOARD_LOG", "debug")]).await;
        let secrets = live(&mesh).await;
        secrets.are_not_in("the activity log", logs(&mesh).await.as_bytes());
        let output = mesh.stop().await;
        secrets.are_not_in("the logs of the processes", output.as_bytes());
        let rows = rows(&mesh).await;
        secrets.are_not_in("the rows", rows.as_bytes());
    }

    async fn rows(mesh: &Mesh) -> String {
        let db = mesh.rows().await;
        let columns = "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
             WHERE table_schema = 'public'";
        let mut text = String::new();
        for column in sqlx::query(columns).fetch_all(&db).await.unwrap() {
            let (table, column, kind): (String, String, String) = (column.get(0), column.get(1), column.get(2));
            if table == "users" && COLUMNS_OF_USERS.contains(&&*column) {
                continue;
            }
            // As they are: in hex nothing would be found.
            let value = match kind == "bytea" {
                true => format!("encode(\"{column}\", 'escape')"),
                false => format!("\"{column}\"::text"),
            };
            let values = format!("SELECT {value} FROM \"{table}\"");
            for row in sqlx::query(AssertSqlSafe(values)).fetch_all(&db).await.unwrap() {
                text.push_str(&row.get::<Option<String>, _>(0).unwrap_or_default());
                text.push('\n');
            }
        }
        assert!(text.len() > 1_000, "the tables are read: {text}");
        text
    }
}
