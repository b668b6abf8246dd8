//! What the grammar refuses of issuers, and of rows that would let a caller into the audit trail.

use crate::{faults, read};

#[test]
fn nobody_can_publish_into_the_audit_trail() {
    let alone = "events under 'audit' are for services alone: publish under another word";
    let chosen = |key: &str| {
        format!(
            "the key '{key}' begins with a field, so a caller could publish under 'audit': begin it with a fixed word"
        )
    };
    let cases = [
        ("audit", alone.to_owned()),
        ("audit.sign_in", alone.to_owned()),
        ("audit.{what}", alone.to_owned()),
        ("{what}.done", chosen("{what}.done")),
        ("{what|log}", chosen("{what|log}")),
    ];
    for (key, message) in cases {
        for on in ["on = \"POST /x\"", "action = \"a\"", "on = \"event in.x.y\"\naction = \"a\""] {
            let found = faults(&format!("[[route]]\n{on}\ncall = \"event {key}\"\n"));
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].ends_with(&message), "{found:?}");
        }
    }
    assert!(read("[[route]]\non = \"event audit.#\"\naction = \"a\"\ncall = \"rpc x y\"\n").is_ok());
    assert!(read("[[route]]\non = \"POST /x\"\ncall = \"event auditor.{x}\"\n").is_ok());
}

fn assert_faults<const N: usize>(cases: [(String, &str); N]) {
    for (issuers, message) in cases {
        assert_eq!(faults(&format!("version = 1\n{issuers}\n")), [format!("routes.toml:{message}")], "{issuers}");
    }
}

#[test]
fn the_own_issuer_is_a_service_of_the_mesh_and_no_more_is_said_of_it() {
    assert_faults([
        (
            "[issuers]\nswitchboard = 1".to_owned(),
            "3:15: 'switchboard' is a whole number: it must be a table, as [issuers.switchboard]",
        ),
        (
            "[issuers.switchboard]".to_owned(),
            "2:1: the issuer 'switchboard' has no keys: add service = \"authenticator\"",
        ),
        (
            "[issuers.switchboard]\nservice = \"authentcator\"".to_owned(),
            "3:11: unknown service 'authentcator': did you mean 'authenticator'? if not, add authentcator = \"http://HOST:PORT\" to [services]",
        ),
        (
            "[issuers.switchboard]\nservice = \"logger\"".to_owned(),
            "3:11: the service 'logger' speaks grpc (line 7): name one that is http://, as keys are asked for over it",
        ),
        (
            "[issuers.switchboard]\njwks = \"https://a/k\"".to_owned(),
            "3:8: the issuer 'switchboard' is this mesh's own: write service = \"authenticator\", or give it another name",
        ),
        (
            "[issuers.switchboard]\nservice = \"authenticator\"\nroles = {}".to_owned(),
            "4:1: 'roles' has no use for the mesh's own issuer: remove it",
        ),
        (
            "[issuers.switchboard]\nservice = \"authenticator\"\nisuer = \"x\"".to_owned(),
            "4:1: unknown key 'isuer': did you mean 'issuer'? an issuer takes audience, issuer, jwks, roles, service",
        ),
        (
            "[issuers.switchboard]\nservice = \"authenticator\"\nissuer = \"\"".to_owned(),
            "4:10: 'issuer' is empty: write what its tokens say, or leave it out",
        ),
        (
            "[issuers.switchboard]\nservice = \"authenticator\"\njwks = \"https://a/k\"".to_owned(),
            "3:11: the issuer 'switchboard' has both 'service' and 'jwks': remove one of them",
        ),
    ]);
}

#[test]
fn another_issuer_is_described_whole_and_under_a_name_of_its_own() {
    let other = |more: &str| format!("[issuers.corp]\njwks = \"https://corp/keys\"\nissuer = \"corp\"\n{more}");
    assert_faults([
        (
            "[issuers.accounts]\nservice = \"authenticator\"\nissuer = \"a\"\naudience = \"a\"".to_owned(),
            "3:11: the issuer 'accounts' is a service of this mesh: call it [issuers.switchboard]: its subjects are the ids of users",
        ),
        (other(""), "2:1: the issuer 'corp' has no 'audience': add what its tokens say as aud"),
        (
            other("audience = \"a\"\nroles = { claim = \"groups\" }"),
            "6:9: 'roles' has no 'map': say which of theirs is which of ours: map = { admins = \"admin\" }",
        ),
        (
            other("audience = \"a\"\nroles = { map = { a = \"Admin\" } }"),
            "6:23: 'Admin' is not a role: write small letters, digits and -",
        ),
        (
            other(
                "audience = \"a\"\n[issuers.duke]\njwks = \"https://duke/keys\"\nissuer = \"corp\"\naudience = \"a\"",
            ),
            "6:10: 'duke' has the same issuer as 'corp': 'corp': remove one of the two",
        ),
        (
            "[issuers.Corp]\njwks = \"https://a/k\"\nissuer = \"a\"\naudience = \"a\"".to_owned(),
            "2:10: 'Corp' is not a name for an issuer: write small letters, digits and -",
        ),
    ]);
}

#[test]
fn keys_are_had_over_https_or_from_this_machine() {
    for wrong in ["http://corp/keys", "ftp://corp/keys", "corp", "https://u:p@corp/keys"] {
        let shown = if wrong.contains('@') { "…@…" } else { wrong };
        let found =
            faults(&format!("version = 1\n[issuers.corp]\njwks = {wrong:?}\nissuer = \"corp\"\naudience = \"a\"\n"));
        let remedy = "write https://HOST/PATH; http:// is for this machine alone";
        assert_eq!(found, [format!("routes.toml:3:8: '{shown}' is not where keys can be had from: {remedy}")]);
    }
}
