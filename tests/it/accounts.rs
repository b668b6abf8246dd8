//! The life of an account, from its registration to the day on which its e-mail is free again.

use serde_json::{Value, json};

use crate::harness::{Client, Mesh, Person, SignedIn, eventually};

over_every_way! {
    an_account_lives_from_registration_to_deletion
    mistakes_in_an_account_are_told_by_field
}

async fn an_account_lives_from_registration_to_deletion(mesh: &mut Mesh) {
    let mut ada = Person::new("ada");
    let registered = ada.register(mesh).await.expect(201);
    assert_eq!((&registered["email"], &registered["role"]), (&json!(ada.email), &json!("user")), "{registered}");
    assert!(!registered.to_string().contains("password"), "{registered}");
    only_once(mesh, &ada).await;
    let me = ada.signed_in(mesh).await;
    assert_eq!(me.user["id"], registered["id"]);
    profile(&me).await;
    addresses(&me.client).await;
    ada = another_password(mesh, &me, ada).await;
    ada = another_email(mesh, ada).await;
    deleted(mesh, &ada).await;
}

/// The same e-mail in other letters is the same e-mail, and nobody learns more than that it is taken.
async fn only_once(mesh: &Mesh, ada: &Person) {
    let shouted = Person { email: ada.email.to_uppercase(), password: "another horse battery".to_owned() };
    let refused = shouted.register(mesh).await.problem(409);
    assert_eq!(refused["code"], "already_exists", "{refused}");
    assert!(!refused.to_string().contains("Lovelace"), "{refused}");
    assert_eq!(shouted.sign_in(mesh).await.problem(401)["code"], "unauthenticated");
    let by_the_older_path = json!({
        "email": ada.email, "password": ada.password, "firstName": "Ada", "lastName": "Lovelace"
    });
    assert_eq!(mesh.stranger().post("/register", &by_the_older_path).await.expect(409)["error"], true);
}

async fn profile(me: &SignedIn) {
    let profile = me.client.get("/v1/me").await.expect(200);
    assert_eq!((&profile["id"], &profile["first_name"]), (&me.user["id"], &json!("Ada")), "{profile}");
    let changed = me.client.patch("/v1/me", &json!({"first_name": "Augusta"})).await.expect(200);
    assert_eq!((&changed["first_name"], &changed["last_name"]), (&json!("Augusta"), &json!("Lovelace")), "{changed}");
    let older = me.client.get("/user").await.expect(200);
    assert_eq!((&older["error"], &older["data"]["first_name"]), (&json!(false), &json!("Augusta")), "{older}");
    me.client.patch("/v1/me", &json!({"role": "admin"})).await.problem(400);
}

fn home(street: &str) -> Value {
    json!({"name": "Ada Lovelace", "street": street, "city": "London", "postal_code": "SW1Y 4JH", "country": "GB"})
}

async fn addresses(me: &Client) {
    let added = me.post("/v1/me/addresses", &home("12 St James's Square")).await.expect(201);
    let path = format!("/v1/me/addresses/{}", added["id"].as_str().unwrap());
    let moved = me.put(&path, &home("10 St James's Square")).await.expect(200);
    assert_eq!((&moved["id"], &moved["street"]), (&added["id"], &json!("10 St James's Square")));
    let kept = me.get("/v1/me/addresses").await.expect(200);
    assert_eq!(kept["addresses"], json!([moved]));
    me.post("/v1/me/addresses", &json!({"name": "Ada"})).await.problem(400);
    me.delete(&path).await.done();
    assert_eq!(me.get("/v1/me/addresses").await.expect(200)["addresses"], json!([]));
    me.put(&path, &home("nowhere")).await.problem(404);
}

/// Other sessions end, this one goes on.
async fn another_password(mesh: &Mesh, me: &SignedIn, ada: Person) -> Person {
    let elsewhere = ada.signed_in(mesh).await;
    let change = |current: &str| json!({"current_password": current, "new_password": "a new horse every day"});
    let wrong = me.client.post("/v1/me/password", &change("not the password")).await;
    assert!([401, 403].contains(&wrong.status), "{wrong:?}");
    let changed = me.client.post("/v1/me/password", &change(&ada.password)).await;
    changed.done();
    refused(&elsewhere.client).await;
    me.client.get("/v1/me").await.expect(200);
    ada.sign_in(mesh).await.problem(401);
    Person { password: "a new horse every day".to_owned(), ..ada }
}

async fn another_email(mesh: &Mesh, ada: Person) -> Person {
    let me = ada.signed_in(mesh).await;
    let next = Person { password: ada.password.clone(), ..Person::new("augusta") };
    let taken = json!({"email": "ADMIN@example.com", "password": ada.password});
    me.client.post("/v1/me/email", &taken).await.problem(409);
    let body = json!({"email": next.email, "password": ada.password});
    let changed = me.client.post("/v1/me/email", &body).await;
    changed.done();
    ada.sign_in(mesh).await.problem(401);
    next
}

async fn deleted(mesh: &Mesh, ada: &Person) {
    let me = ada.signed_in(mesh).await;
    let gone = me.client.delete_with("/v1/me", &json!({"password": ada.password})).await;
    gone.done();
    refused(&me.client).await;
    ada.sign_in(mesh).await.problem(401);
    let again = ada.register(mesh).await.expect(201);
    assert_ne!(again["id"], me.user["id"], "the e-mail is free again, for a new account");
}

/// A session that ended is not let in any more, a few seconds later at the latest.
async fn refused(client: &Client) {
    eventually("the session is refused", async || {
        let answer = client.get("/v1/logs").await;
        (answer.status == 401).then(|| answer.problem(401))
    })
    .await;
}

async fn mistakes_in_an_account_are_told_by_field(mesh: &mut Mesh) {
    let base = Person::new("grace");
    let cases = [
        ("email", json!("no e-mail at all")),
        ("email", json!("")),
        ("password", json!("short")),
        ("password", json!("x".repeat(73))),
        ("password", json!("with a \u{0} in it")),
        ("password", json!("password1")),
        ("password", json!(7)),
        ("nickname", json!("Gracie")),
    ];
    for (field, value) in cases {
        let mut body = base.registration();
        body[field] = value;
        let told = mesh.stranger().post("/v1/users", &body).await.problem(400);
        let fields: Vec<_> = told["errors"].as_array().into_iter().flatten().map(|it| &it["field"]).collect();
        assert!(fields.contains(&&json!(field)), "{body}: {told}");
        assert!(field != "password" || !told.to_string().contains("xxxxx"), "the value is told: {told}");
    }
    base.sign_in(mesh).await.problem(401);
}
