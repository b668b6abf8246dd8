//! What can be watched, and by which name.

use routing::index::Index;

use crate::faults::fault;
use crate::{faults, table};

#[test]
fn a_topic_is_a_get_row_with_one_parameter_at_most() {
    let row = |on: &str, call: &str, more: &str| {
        fault(&format!(
            "on = {on:?}\ncall = {call:?}\nlive = \"topic\"{}{more}",
            if more.is_empty() { "" } else { "\n" }
        ))
    };
    let one_door = "5:1: 'live' is for a row with one door, GET /path: write a row of its own for it";
    for (on, call, more, expected) in [
        ("POST /x", "rpc x y", "", one_door),
        ("ANY /x", "rpc x y", "", one_door),
        ("every 10m", "rpc x y", "", one_door),
        ("GET /x", "event x.y", "", "5:1: 'live' has no use in a row that publishes an event: remove it"),
        ("GET /x", "http x:1", "", "5:1: 'live' has no use where bodies stream through: remove it"),
        (
            "GET /x",
            "rpc x y",
            "async = true",
            "5:1: 'live' cannot watch what 'async' answers later: remove one of them",
        ),
        (
            "GET /{a}/{b}",
            "rpc x y",
            "",
            "5:1: the topic 'topic' cannot say all parameters of '/{a}/{b}': leave one parameter in the path, which the \
             topic takes as NAME:VALUE",
        ),
    ] {
        assert!(row(on, call, more).ends_with(expected), "{on} {call} {more}: {}", row(on, call, more));
    }
    for name in ["Logs", "9", "a_b", "", "-a"] {
        let told = fault(&format!("on = \"GET /x\"\ncall = \"rpc x y\"\nlive = {name:?}"));
        let expected = format!("'{name}' cannot name a topic: write small letters and -, such as dead-letters");
        assert!(told.ends_with(&expected), "{told}");
    }
}

#[test]
fn a_name_is_there_once_and_leads_to_its_row() {
    let row =
        |path: &str, name: &str| format!("[[route]]\non = \"GET /{path}\"\ncall = \"rpc x y\"\nlive = {name:?}\n");
    let told = faults(&format!("{}{}", row("a", "one"), row("b", "one")));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].ends_with("the topic 'one' is taken already in line 5: give each row a name of its own"),
        "{told:?}"
    );
    let table = table(&format!("{}{}", row("a", "one"), row("b/{id}", "dead-letters")));
    let index = Index::new(&table).unwrap();
    assert_eq!(index.topic("dead-letters").unwrap(), 1);
    assert!(index.topic("dead-leters").unwrap_err().detail.contains("did you mean 'dead-letters'"));
    assert!(index.topic("xyz").unwrap_err().detail.contains("there are dead-letters, one"));
}
