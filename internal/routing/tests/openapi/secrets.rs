//! What a row calls secret is told of as such, and shown nowhere in the document.

use std::collections::BTreeSet;

use serde_json::json;

use crate::document;
use crate::rows::names;

#[tokio::test]
async fn a_secret_is_in_no_url() {
    let rows = "[[route]]\non = \"DELETE /me\"\ncall = \"http authenticator POST /me/end\"\nsecret = [\"password\"]\n\
        example = { password = \"x\", why = \"y\" }\n";
    let document = document(rows).await;
    let operation = &document["paths"]["/me"]["delete"];
    let query: Vec<_> = operation["parameters"].as_array().unwrap().iter().filter(|it| it["in"] == "query").collect();
    assert_eq!(query.iter().map(|it| &it["name"]).collect::<Vec<_>>(), ["why"]);
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(names(schema), BTreeSet::from(["password"]));
}

/// A name counts in each of its spellings, in lists, and as callers give it where `args` renames it.
#[tokio::test]
async fn a_secret_is_hidden_however_it_is_spelled_and_wherever_it_stands() {
    let rows = "[[route]]\non = \"GET /s\"\ncall = \"rpc accounts find\"\nargs = { password = \"$p\" }\n\
        secret = [\"refresh_token\", \"cards.number\", \"password\"]\n\
        example = { refreshToken = \"s3cret\", p = \"s3cret\", cards = [{ number = \"s3cret\", name = \"n\" }], why = \"y\" }\n";
    let document = document(rows).await;
    assert!(!document.to_string().contains("s3cret"), "{document:#}");
    let operation = &document["paths"]["/s"]["get"];
    let query: Vec<_> = operation["parameters"].as_array().unwrap().iter().filter(|it| it["in"] == "query").collect();
    assert_eq!(query.iter().map(|it| &it["name"]).collect::<Vec<_>>(), ["why"]);
    let media = &operation["requestBody"]["content"]["application/json"];
    let example = json!({ "refreshToken": "***", "p": "***", "cards": [{ "number": "***", "name": "n" }] });
    assert_eq!(media["example"], example);
    let fields = &media["schema"]["properties"];
    for field in [&fields["p"], &fields["refreshToken"], &fields["cards"]["items"]["properties"]["number"]] {
        assert_eq!(field["writeOnly"], true, "{fields}");
    }
    assert!(fields["password"].is_null(), "{fields}");
}
