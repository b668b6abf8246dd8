//! What is believed, and what it is taken to say.

use mesh::identity::Verifier;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::issuer::{Issuer, Signer, claims, header, now, with, without};
use crate::{Ours, assert_refused, other, ours, verify};

#[tokio::test]
async fn a_token_of_ours_says_who_calls() {
    let ours = Ours::start().await;
    let token = ours.token("s1");
    for time in ["first", "remembered"] {
        let access = ours.verify(&token).await.expect(time);
        assert_eq!(access.identity.subject, "01890000-0000-7000-8000-000000000001");
        assert_eq!((access.identity.roles, access.identity.session), (vec!["user".into()], Some("s1".into())));
    }
    assert!(ours.verifier.silent().is_empty());
}

#[tokio::test]
async fn an_audience_may_be_one_of_several() {
    let ours = Ours::start().await;
    let token = ours.signer.token(&header("k1"), &with(claims("s", now()), "aud", json!(["x", "switchboard"])));
    ours.verify(&token).await.unwrap();
}

fn foreign(name: &str, claim: &str, value: Value) -> Value {
    let base = json!({ "iss": format!("https://{name}.example/"), "aud": ["api"], "sub": "42", "exp": now() + 60 });
    with(base, claim, value)
}

#[tokio::test]
async fn other_issuers_sign_as_their_keys_say_and_their_subjects_carry_their_name() {
    for signer in [Signer::ed25519(9), Signer::p256(), Signer::rsa()] {
        let issuer = Issuer::start(vec![signer.jwk("k1")]).await;
        let stop = CancellationToken::new();
        let listed = other(&issuer, "corp", "groups", &[("admins", "admin")]);
        let verifier = Verifier::new(vec![ours(&issuer), listed], &stop).unwrap();
        let header = json!({ "alg": signer.algorithm(), "typ": "JWT", "kid": "k1" });
        let token = signer.token(&header, &foreign("corp", "groups", json!(["admins", "user", "staff"])));
        let access = verify(&verifier, &token).await.unwrap();
        assert_eq!((access.identity.subject.as_str(), access.identity.session.as_deref()), ("corp:42", None));
        assert_eq!(access.identity.roles, ["admin"], "only what is mapped becomes a role");
        assert!(access.is_revocation_fresh(), "an issuer without revocations has nothing to be heard of");
        let bare = signer.token(&without(header.clone(), "typ"), &foreign("corp", "groups", json!("admins")));
        assert_eq!(verify(&verifier, &bare).await.unwrap().identity.roles, ["admin"]);
        let confused = signer.token(&with(header, "alg", "PS256"), &foreign("corp", "groups", json!("admins")));
        assert_refused(verify(&verifier, &confused).await, "another algorithm than the key's");
        stop.cancel();
    }
}

#[tokio::test]
async fn roles_of_others_are_found_by_path_or_by_whole_name_and_only_through_the_map() {
    let cases = [
        (
            "realm_access.roles",
            json!({ "realm_access": { "roles": ["boss"] } }),
            vec![("boss", "admin")],
            vec!["admin"],
        ),
        (
            "https://a.example/roles",
            json!({ "https://a.example/roles": "boss" }),
            vec![("boss", "admin")],
            vec!["admin"],
        ),
        ("groups", json!({ "groups": ["a", "b", "c"] }), vec![("a", "user"), ("b", "user")], vec!["user"]),
        ("groups", json!({ "groups": ["admin"] }), vec![], vec![]),
        ("groups", json!({ "groups": { "admin": true } }), vec![("admin", "admin")], vec![]),
        ("groups", json!({ "groups": ["admin", 1] }), vec![("admin", "admin")], vec![]),
        ("realm_access.roles", json!({ "realm_access": "roles" }), vec![("roles", "admin")], vec![]),
        ("groups", json!({}), vec![("admin", "admin")], vec![]),
    ];
    let signer = Signer::ed25519(9);
    let issuer = Issuer::start(vec![signer.jwk("k1")]).await;
    for (claim, said, map, roles) in cases {
        let stop = CancellationToken::new();
        let verifier = Verifier::new(vec![other(&issuer, "corp", claim, &map)], &stop).unwrap();
        let mut claims = foreign("corp", "n", json!(0));
        claims.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        let token = signer.token(&json!({ "alg": "EdDSA", "kid": "k1" }), &claims);
        assert_eq!(verify(&verifier, &token).await.unwrap().identity.roles, roles, "{said}");
        stop.cancel();
    }
}

#[tokio::test]
async fn one_issuer_cannot_speak_for_another() {
    let (own, foreign_signer) = (Signer::ed25519(1), Signer::ed25519(2));
    let (first, second) =
        (Issuer::start(vec![own.jwk("k1")]).await, Issuer::start(vec![foreign_signer.jwk("k1")]).await);
    let stop = CancellationToken::new();
    let listed = vec![ours(&first), other(&second, "corp", "roles", &[("admin", "admin")])];
    let verifier = Verifier::new(listed, &stop).unwrap();
    let forged = foreign_signer.token(&header("k1"), &claims("s", now()));
    assert_refused(verify(&verifier, &forged).await, "our claims under the key of another");
    let forged = own.token(&json!({ "alg": "EdDSA", "kid": "k1" }), &foreign("corp", "roles", json!("admin")));
    assert_refused(verify(&verifier, &forged).await, "their claims under our key");
    stop.cancel();
}

#[tokio::test]
async fn issuers_that_cannot_be_told_apart_are_refused_at_the_start() {
    let issuer = Issuer::start(vec![]).await;
    let stop = CancellationToken::new();
    let good = || other(&issuer, "corp", "roles", &[]);
    let mut wrong = vec![
        vec![good(), good()],
        vec![good(), mesh::identity::Issuer { name: "b".into(), ..good() }],
        vec![other(&issuer, "a:b", "roles", &[])],
        vec![other(&issuer, "", "roles", &[])],
        vec![other(&issuer, "corp", "roles", &[("a", "x,admin")])],
    ];
    wrong.push(vec![mesh::identity::Issuer { audience: String::new(), ..good() }]);
    wrong.push(vec![mesh::identity::Issuer { jwks: "file:///etc/passwd".parse().unwrap(), ..good() }]);
    for issuers in wrong {
        let names: Vec<_> = issuers.iter().map(|it| it.name.clone()).collect();
        assert!(Verifier::new(issuers, &stop).is_err(), "{names:?}");
    }
}
