//! `[cors]`: what it means where it says little, and what it refuses.

use std::time::Duration;

use http::Method;
use routing::table::{Cors, Origins};

use crate::{faults, table};

fn cors(text: &str) -> Cors {
    Cors::clone(table(&format!("[cors]\n{text}\n")).cors.as_deref().unwrap())
}

#[test]
fn what_is_not_said_has_a_sensible_value() {
    assert_eq!(table("").cors, None);
    let cors = cors("origins = [\"https://app.example.com\", \"http://localhost:5173\"]");
    let origins = ["https://app.example.com", "http://localhost:5173"].map(str::to_owned).to_vec();
    assert_eq!(cors.origins, Origins::These(origins));
    assert_eq!((cors.methods, cors.credentials, cors.max_age), (None, false, Duration::from_secs(600)));
    for header in ["authorization", "content-type", "idempotency-key", "prefer"] {
        assert!(cors.headers.iter().any(|it| it == header), "{header}");
    }
}

#[test]
fn what_is_said_counts() {
    let cors = cors(
        "origins = \"*\"\nmethods = [\"GET\", \"POST\"]\nheaders = [\"X-Api-Version\"]\ncredentials = false\nmax_age = \"1h\"",
    );
    assert_eq!((cors.origins, cors.methods), (Origins::Any, Some(vec![Method::GET, Method::POST])));
    assert_eq!((cors.headers[0].as_str(), cors.max_age), ("x-api-version", Duration::from_secs(3600)));
}

#[test]
fn faults_name_the_line_and_the_remedy() {
    let fine = "origins = [\"https://a.example\"]\n";
    for (text, expected) in [
        ("".to_owned(), "2:1: 'cors' has no 'origins': add origins = [\"https://app.example.com\"]"),
        ("origins = []".to_owned(), "3:11: 'origins' is empty: name at least one, or remove 'origins'"),
        ("origins = 5".to_owned(), "3:11: 'origins' is a whole number: it must be a string or a list of strings"),
        (
            "origins = [\"https://a.example/\"]".to_owned(),
            "3:12: 'https://a.example/' is not how a browser sends it: write https://a.example",
        ),
        (
            "origins = [\"https://a.example:443\"]".to_owned(),
            "3:12: 'https://a.example:443' is not how a browser sends it: write https://a.example",
        ),
        ("origins = [\"null\"]".to_owned(), "3:12: 'null' is not an origin: write https://HOST or http://HOST:PORT"),
        (
            "origins = [\"*\", \"https://a.example\"]".to_owned(),
            "3:12: '*' stands beside other origins: write it alone, or leave it out",
        ),
        (
            "origins = [\"*\"]\ncredentials = true".to_owned(),
            "3:12: every origin would be let in with the credentials of its visitors: list the origins, or leave credentials out",
        ),
        (format!("{fine}methods = [\"GTE\"]"), "4:12: unknown method 'GTE': did you mean 'GET'?"),
        (format!("{fine}headers = [\"a b\"]"), "4:12: 'a b' is not the name of a header: write such as x-api-version"),
        (format!("{fine}max_age = \"2d\""), "4:11: 'max_age' is 2d: write at most 24h, as browsers keep it no longer"),
        (
            format!("{fine}origin = \"x\""),
            "4:1: unknown key 'origin': did you mean 'origins'? [cors] takes credentials, headers, max_age, methods, origins",
        ),
    ] {
        let found = faults(&format!("version = 1\n[cors]\n{text}\n"));
        assert_eq!(found, [format!("routes.toml:{expected}")], "{text}");
    }
}
