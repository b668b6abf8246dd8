//! Tokens that somebody made up or changed. Every one of them is refused in the same words.

use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::issuer::{Signer, claims, encoded, header, now, with, without};
use crate::{Ours, assert_refused};

type Forged = (String, String);

#[tokio::test]
async fn no_forged_token_is_believed() {
    let ours = Ours::start().await;
    let good = ours.token("s1");
    ours.verify(&good).await.unwrap();
    let corpus: Vec<_> = [
        no_signature(&good),
        symmetric(&ours.signer),
        other_keys(),
        headers(&ours.signer),
        key_ids(&ours.signer),
        times(&ours.signer),
        wrong_claims(&ours.signer),
        shapes(&ours.signer, &good),
    ]
    .concat();
    assert!(corpus.len() >= 100, "{}", corpus.len());
    let mut believed = Vec::new();
    for (what, token) in corpus {
        assert_ne!(token, good, "{what}");
        match ours.verify(&token).await {
            Ok(_) => believed.push(what),
            refused => assert_refused(refused, &what),
        }
    }
    assert!(believed.is_empty(), "{believed:#?}");
    ours.verify(&good).await.unwrap();
}

/// Each character of a good token replaced: nothing of it may be changed without being noticed.
#[tokio::test]
async fn no_character_of_a_token_can_be_changed() {
    let ours = Ours::start().await;
    let good = ours.token("s1");
    ours.verify(&good).await.unwrap();
    for at in 0..good.len() {
        let old = good.as_bytes()[at] as char;
        for new in ['A', 'B', '_', '.'].into_iter().filter(|new| *new != old).take(3) {
            let changed = format!("{}{new}{}", &good[..at], &good[at + 1..]);
            assert_refused(ours.verify(&changed).await, &format!("{old} to {new} at {at}"));
        }
        assert_refused(ours.verify(&good[..at]).await, &format!("cut at {at}"));
    }
}

fn no_signature(good: &str) -> Vec<Forged> {
    let signature = good.rsplit('.').next().unwrap();
    let claims = encoded(claims("s1", now()).to_string());
    let mut forged = Vec::new();
    for alg in ["none", "None", "NONE", "nOnE", "none ", " none", "", "null", "nonE\u{0}"] {
        let header = encoded(with(header("k1"), "alg", alg).to_string());
        forged.push((format!("alg {alg:?} unsigned"), format!("{header}.{claims}.")));
        forged.push((format!("alg {alg:?} with an old signature"), format!("{header}.{claims}.{signature}")));
    }
    forged
}

/// The public key is public: whoever lets a token choose HMAC lets everybody sign.
fn symmetric(signer: &Signer) -> Vec<Forged> {
    let public = signer.public();
    let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00][..], &public].concat();
    let pem = base64_pem(&der);
    let secrets = [
        ("bytes", public.clone()),
        ("base64", encoded(&public).into_bytes()),
        ("DER", der),
        ("PEM", pem.clone().into_bytes()),
        ("PEM without its last line end", pem.trim_end().as_bytes().to_vec()),
        ("JWK", signer.jwk("k1").to_string().into_bytes()),
        ("JWK set", json!({ "keys": [signer.jwk("k1")] }).to_string().into_bytes()),
        ("nothing", vec![]),
    ];
    let sign = |(what, secret): &(&str, Vec<u8>), alg: &str| {
        let header = with(header("k1"), "alg", alg).to_string();
        let message = format!("{}.{}", encoded(header), encoded(claims("s1", now()).to_string()));
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(message.as_bytes());
        let token = format!("{message}.{}", encoded(mac.finalize().into_bytes()));
        (format!("HMAC by the public key as {what}, alg {alg}"), token)
    };
    let algorithms = ["HS256", "EdDSA"];
    secrets.iter().flat_map(|secret| algorithms.map(|alg| sign(secret, alg))).collect()
}

fn base64_pem(der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::prelude::BASE64_STANDARD.encode(der);
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
}

fn other_keys() -> Vec<Forged> {
    let signers = [("another key", Signer::ed25519(2)), ("P-256", Signer::p256()), ("RSA", Signer::rsa())];
    let forge = |(what, signer): &(&str, Signer), alg: &str| {
        let token = signer.token(&with(header("k1"), "alg", alg), &claims("s1", now()));
        (format!("signed by {what} as {alg}"), token)
    };
    let algorithms = ["EdDSA", "ES256", "RS256"];
    signers.iter().flat_map(|signer| algorithms.map(|alg| forge(signer, alg))).collect()
}

fn headers(signer: &Signer) -> Vec<Forged> {
    let own = Signer::ed25519(3);
    let by =
        |what: &str, signer: &Signer, header: Value| (what.to_owned(), signer.token(&header, &claims("s1", now())));
    let base = || header("k1");
    let url = "http://127.0.0.1:9/jwks";
    let mut forged = vec![
        by("a key of its own in jwk", &own, with(base(), "jwk", own.jwk("k1"))),
        by("a key of its own in jwk, with its id", &own, with(with(base(), "jwk", own.jwk("k9")), "kid", "k9")),
        by("jku under a key of its own", &own, with(base(), "jku", url)),
        by("x5c under a key of its own", &own, with(base(), "x5c", json!([encoded(own.public())]))),
        by("well signed, unknown crit", signer, with(base(), "crit", json!(["exp"]))),
        by("well signed, empty crit", signer, with(base(), "crit", json!([]))),
        by("well signed, not encoded", signer, with(base(), "b64", false)),
        by("well signed, compressed", signer, with(base(), "zip", "DEF")),
        by("well signed, nested", signer, with(base(), "cty", "JWT")),
        by("well signed, encrypted", signer, with(base(), "enc", "A256GCM")),
        by("no alg", signer, without(base(), "alg")),
        by("no typ", signer, without(base(), "typ")),
    ];
    for name in ["jku", "x5u", "jwk", "x5c"] {
        forged.push(by(&format!("well signed with {name}"), signer, with(base(), name, url)));
    }
    for alg in
        [json!("eddsa"), json!("EDDSA"), json!("Ed25519"), json!("ES256"), json!(["EdDSA"]), json!(null), json!(8)]
    {
        forged.push(by(&format!("well signed as {alg}"), signer, with(base(), "alg", alg)));
    }
    for typ in [json!("JWT"), json!("at+JWT"), json!("refresh+jwt"), json!("logout+jwt"), json!(""), json!(1)] {
        forged.push(by(&format!("typ {typ}"), signer, with(base(), "typ", typ)));
    }
    forged
}

fn key_ids(signer: &Signer) -> Vec<Forged> {
    let huge = "k".repeat(5000);
    let ids = ["", "K1", "k1 ", " k1", "k1\0", "k1\n", "k2", "*", "%", "../../dev/null", "/dev/null", "file:///k1"];
    let more = ["k1' OR '1'='1", "x' UNION SELECT 'AAAA", "k1;id", "$(id)", "${jndi:ldap://x}", "http://x/k1", &huge];
    let ids = ids.into_iter().chain(more).map(|id| json!(id));
    let ids = ids.chain([json!(null), json!(1), json!(["k1"]), json!({ "k1": 1 }), json!(true)]);
    let sealed = |id: Value| {
        let what = format!("kid {}", id.to_string().chars().take(40).collect::<String>());
        (what, signer.token(&with(header("k1"), "kid", id), &claims("s1", now())))
    };
    let missing = signer.token(&without(header("k1"), "kid"), &claims("s1", now()));
    ids.map(sealed).chain([("kid missing".to_owned(), missing)]).collect()
}

fn times(signer: &Signer) -> Vec<Forged> {
    let at = now();
    let times = [
        ("exp", json!(at - 3600)),
        ("exp", json!(at - 60)),
        ("exp", json!(0)),
        ("exp", json!(-1)),
        ("exp", json!(1e300)),
        ("exp", json!((at + 600).to_string())),
        ("exp", json!(null)),
        ("exp", json!([at + 600])),
        ("exp", json!(u64::MAX)),
        ("nbf", json!(at + 3600)),
        ("nbf", json!("soon")),
        ("nbf", json!(-5)),
        ("iat", json!(at + 3600)),
        ("iat", json!(true)),
    ];
    let forge = |(name, time): (&str, Value)| {
        (format!("{name} {time}"), signer.token(&header("k1"), &with(claims("s1", at), name, time)))
    };
    times.into_iter().map(forge).collect()
}

fn wrong_claims(signer: &Signer) -> Vec<Forged> {
    let base = || claims("s1", now());
    let seal = |what: String, claims: Value| (what, signer.token(&header("k1"), &claims));
    let mut forged = Vec::new();
    for name in ["iss", "aud", "sub", "sid", "roles", "iat", "nbf", "exp", "jti"] {
        forged.push(seal(format!("without {name}"), without(base(), name)));
        forged.push(seal(format!("{name} null"), with(base(), name, json!(null))));
    }
    let wrong = [
        ("iss", json!("Switchboard")),
        ("iss", json!("https://switchboard")),
        ("iss", json!("")),
        ("iss", json!(["switchboard"])),
        ("aud", json!("other")),
        ("aud", json!("")),
        ("aud", json!([])),
        ("aud", json!(["other", "another"])),
        ("aud", json!(["switchboard", 1])),
        ("aud", json!({ "switchboard": true })),
        ("sub", json!("")),
        ("sub", json!(7)),
        ("sub", json!("a\r\nx-user-roles: admin")),
        ("sub", json!("x".repeat(300))),
        ("sid", json!("")),
        ("roles", json!([1])),
        ("roles", json!(["user,admin"])),
        ("roles", json!({ "admin": true })),
        ("roles", json!(["user\r\nx: y"])),
        ("roles", (0..100).map(|n| format!("r{n}")).collect::<Vec<_>>().into()),
    ];
    forged.extend(wrong.map(|(name, value)| seal(format!("{name} {value}"), with(base(), name, value))));
    forged
}

fn shapes(signer: &Signer, good: &str) -> Vec<Forged> {
    let [head, body, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let admin = encoded(with(claims("s1", now()), "roles", json!(["admin"])).to_string());
    let twice = |text: Value, more: &str| format!("{},{more}}}", text.to_string().trim_end_matches('}'));
    let (h, c) = (header("k1"), claims("s1", now()));
    let other = signer.token(&h, &claims("s2", now()));
    let other_signature = other.rsplit('.').next().unwrap();
    let padded = signer.token(&h, &with(c.clone(), "pad", "x".repeat(9000)));
    let zeros = encoded([0; 64]);
    let forged = [
        ("changed claims", format!("{head}.{admin}.{signature}")),
        ("the signature of another token", format!("{head}.{body}.{other_signature}")),
        ("no signature", format!("{head}.{body}.")),
        ("no signature and no dot", format!("{head}.{body}")),
        ("half a signature", format!("{head}.{body}.{}", &signature[..43])),
        ("a longer signature", format!("{good}AAAA")),
        ("a signature of zeros", format!("{head}.{body}.{zeros}")),
        ("a fourth part", format!("{good}.{signature}")),
        ("five parts, as if encrypted", format!("{head}.{body}.{signature}.{body}.{signature}")),
        ("padded base64", format!("{head}.{body}.{signature}==")),
        ("base64 of the other alphabet", format!("{head}.{body}.{}+/", &signature[..84])),
        ("bits after the end", format!("{}{}", &good[..good.len() - 1], after(good))),
        ("a line end", format!("{good}\n")),
        ("a space before", format!(" {good}")),
        ("a scheme before", format!("Bearer {good}")),
        ("parts swapped", format!("{body}.{head}.{signature}")),
        ("empty parts", "..".to_owned()),
        ("nothing", String::new()),
        ("one word", "switchboard".to_owned()),
        ("not ASCII", format!("{head}.{body}.é")),
        ("sub said twice", signer.seal(&h.to_string(), &twice(c.clone(), r#""sub":"admin""#))),
        ("exp said twice", signer.seal(&h.to_string(), &twice(c.clone(), r#""exp":99999999999"#))),
        ("roles said twice", signer.seal(&h.to_string(), &twice(c.clone(), r#""roles":["admin"]"#))),
        ("roles said again in escapes", signer.seal(&h.to_string(), &twice(c.clone(), r#""\u0072oles":["admin"]"#))),
        ("alg said twice", signer.seal(&twice(h.clone(), r#""alg":"none""#), &c.to_string())),
        ("kid said twice", signer.seal(&twice(h.clone(), r#""kid":"k2""#), &c.to_string())),
        ("a header that is a list", signer.seal("[]", &c.to_string())),
        ("a header that is no JSON", signer.seal("alg=EdDSA", &c.to_string())),
        ("claims that are a text", signer.seal(&h.to_string(), "\"sub\"")),
        ("claims with more behind", signer.seal(&h.to_string(), &format!("{c}{{}}"))),
        ("claims that are not UTF-8", format!("{head}.{}.{signature}", encoded([0xff, 0xfe]))),
        ("nested too deep", signer.seal(&h.to_string(), &"[".repeat(3000))),
        ("well signed and too long", padded),
        ("far too long", "a".repeat(1_000_000)),
        ("only dots", ".".repeat(8000)),
        ("an API key that is none", "sbk_".to_owned()),
        ("an API key nobody holds", "sbk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned()),
        ("an API key with a quote", "sbk_\"},{\"key\":\"".to_owned()),
        ("an API key too long", format!("sbk_{}", "a".repeat(500))),
    ];
    forged.map(|(what, token)| (what.to_owned(), token)).to_vec()
}

/// The last character with its unused bits set: 64 bytes leave four of them.
fn after(good: &str) -> char {
    let alphabet: Vec<_> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    let last = good.chars().last().unwrap();
    alphabet[alphabet.iter().position(|it| *it == last).unwrap() + 1]
}
