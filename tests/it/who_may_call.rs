//! Who may call which row of the default table, and what is never believed: forged tokens, identity headers.

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Mesh, Person, run};

over_every_way! {
    every_row_lets_in_whom_it_is_for
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Least {
    Anybody,
    User,
    Admin,
}

/// The rows of the default table, with a body that gets beyond the door.
fn rows() -> Vec<(Least, Method, &'static str, Value)> {
    use Least::{Admin, Anybody, User};
    let log = || json!({"name": "door", "data": "x"});
    let get = |least, path| (least, Method::GET, path, Value::Null);
    let post = |least, path, body| (least, Method::POST, path, body);
    vec![
        get(Anybody, "/ping"),
        get(Anybody, "/v1/math/add/1,2"),
        post(Anybody, "/v1/logs", log()),
        post(Anybody, "/grpc-logger", log()),
        post(Anybody, "/v1/events/logs", log()),
        post(Anybody, "/rabbitmq-logger", log()),
        get(User, "/v1/logs"),
        get(User, "/v1/logs/tail"),
        get(User, "/v1/me"),
        get(User, "/user"),
        get(User, "/v1/sessions"),
        get(User, "/v1/me/addresses"),
        get(User, "/v1/me/api-keys"),
        post(User, "/v1/me/password", json!({"current_password": "wrong", "new_password": "x"})),
        post(User, "/v1/me/email", json!({"email": "x"})),
        (User, Method::PATCH, "/v1/me", json!({})),
        (User, Method::DELETE, "/v1/me/api-keys/none", Value::Null),
        get(Admin, "/v1/users"),
        get(Admin, "/v1/users/none"),
        get(Admin, "/v1/audit"),
        get(Admin, "/v1/audit/tail"),
        (Admin, Method::PATCH, "/v1/users/none", json!({"role": "admin"})),
        post(Admin, "/v1/users/none/reset-link", json!({})),
    ]
}

async fn every_row_lets_in_whom_it_is_for(mesh: &mut Mesh) {
    let person = Person::new("ada");
    person.register(mesh).await.expect(201);
    let user = person.signed_in(mesh).await;
    let admin = mesh.client();
    let callers = [(Least::Anybody, mesh.stranger()), (Least::User, user.client.clone()), (Least::Admin, admin)];
    for (least, method, path, body) in rows() {
        for (who, client) in &callers {
            let case = format!("{method} {path} as {who:?}");
            let answer = head(client, &method, path, &body).await;
            match *who {
                who if who >= least => assert!(![401, 403].contains(&answer.status), "{case}: {answer:?}"),
                Least::Anybody => is_challenged(&answer, 401, "Bearer", &case),
                _ => is_challenged(&answer, 403, r#"Bearer error="insufficient_scope""#, &case),
            }
        }
    }
    no_row_is_forgotten(mesh).await;
    forged_tokens_are_refused(mesh, &user.access).await;
    identity_headers_are_not_believed(mesh, user.id()).await;
}

/// As the table in force lists them: whatever is for users or a role is not for strangers.
async fn no_row_is_forgotten(mesh: &Mesh) {
    let done = run(&["routes"], mesh.folder.path(), &mesh.variables).await;
    let mut guarded = 0;
    for row in done.stdout.lines().skip(1) {
        let columns: Vec<_> = row.split("  ").map(str::trim).filter(|column| !column.is_empty()).collect();
        let [doors, _, _, auth, _, _] = columns[..] else { panic!("not six columns: {row}") };
        let doors = doors.split(", ").filter_map(|door| door.split_once(" /"));
        for (method, path) in doors.filter(|_| ["user", "admin"].contains(&auth)) {
            let path =
                path.split('/').map(|part| if part.starts_with('{') { "none" } else { part }).collect::<Vec<_>>();
            let request = mesh.request(method.parse().unwrap(), &format!("/{}", path.join("/")));
            is_challenged(&mesh.stranger().send(request, "").await, 401, "Bearer", row);
            guarded += 1;
        }
    }
    assert!(guarded > 20, "only {guarded} rows are guarded in\n{}", done.stdout);
}

/// The status of a stream that goes on is enough.
async fn head(client: &Client, method: &Method, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    match path.ends_with("/tail") {
        true => client.head_of(path).await,
        false => client.send(client.request(method.clone(), path), body).await,
    }
}

fn is_challenged(answer: &Answer, status: u16, challenge: &str, case: &str) {
    assert_eq!(answer.status, status, "{case}: {answer:?}");
    assert_eq!(answer.header("www-authenticate"), Some(challenge), "{case}: {answer:?}");
}

/// Each is the real one with one thing changed. The verifier's own tests have the whole corpus; these show that it
/// stands at the door.
async fn forged_tokens_are_refused(mesh: &Mesh, token: &str) {
    let parts: Vec<_> = token.split('.').collect();
    let [head, claims, signature] = parts[..] else { panic!("a token has three parts: {token}") };
    let encoded = |value: &Value| base64_url(value.to_string().as_bytes());
    let with = |part: &str, name: &str, value: Value| {
        let mut object: Value = serde_json::from_slice(&from_base64_url(part)).unwrap();
        object[name] = value;
        encoded(&object)
    };
    let none = encoded(&json!({"alg": "none", "typ": "at+jwt"}));
    let forged = [
        ("no signature", format!("{head}.{claims}.")),
        ("alg none", format!("{none}.{claims}.")),
        ("another algorithm", format!("{}.{claims}.{signature}", with(head, "alg", json!("HS256")))),
        ("another key", format!("{}.{claims}.{signature}", with(head, "kid", json!("../../etc/passwd")))),
        ("a key of its own", format!("{}.{claims}.{signature}", with(head, "jku", json!("http://127.0.0.1:9/")))),
        ("more rights", format!("{head}.{}.{signature}", with(claims, "roles", json!(["admin"])))),
        ("more time", format!("{head}.{}.{signature}", with(claims, "exp", json!(4_102_444_800_u64)))),
        ("no token", "nonsense".to_owned()),
        ("an API key of nobody", format!("sbk_{}", "A".repeat(43))),
        ("a long one", "x".repeat(9 << 10)),
    ];
    for (what, token) in forged {
        let answer = mesh.stranger().bearing(&token).get("/v1/logs").await;
        is_challenged(&answer, 401, r#"Bearer error="invalid_token""#, what);
        answer.problem(401);
    }
    let basic = mesh.request(Method::GET, "/v1/logs").header("authorization", "Basic YWRtaW46cGFzc3dvcmQ=");
    assert_eq!(mesh.stranger().send(basic, "").await.status, 401);
}

async fn identity_headers_are_not_believed(mesh: &Mesh, id: &str) {
    let stranger = mesh.stranger();
    for (name, value) in [("x-user-id", id), ("x-user-roles", "admin"), ("x-identity", r#"{"subject":"1"}"#)] {
        for path in ["/v1/me", "/v1/audit"] {
            let request = stranger.request(Method::GET, path).header(name, value);
            assert_eq!(stranger.send(request, "").await.status, 401, "{name} on {path}");
        }
    }
}

fn base64_url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn from_base64_url(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
}
