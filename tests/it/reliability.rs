//! docs/reliability.md names a test for every promise and a retention for every table: each of them exists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn document() -> String {
    std::fs::read_to_string(root().join("docs/reliability.md")).unwrap()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

#[test]
fn every_test_that_a_promise_names_exists() {
    let document = document();
    let named: BTreeSet<_> = quoted(&document).filter_map(|it| it.split_once("#")).collect();
    assert!(named.len() > 40, "only {} tests are named", named.len());
    let is_missing = |(file, test): &&(&str, &str)| {
        let source = std::fs::read_to_string(root().join(file)).unwrap_or_default();
        !source.contains(&format!("fn {test}("))
    };
    let missing: Vec<_> = named.iter().filter(is_missing).map(|(file, test)| format!("{file}#{test}")).collect();
    assert_eq!(missing, [""; 0], "named in docs/reliability.md and nowhere else");
}

#[test]
fn every_promise_names_a_test() {
    let document = document();
    let rows = document.lines().filter(|line| line.starts_with("| ") && line.contains(".rs#"));
    let promises = document.split("## What is kept").next().unwrap_or_default();
    let all = promises.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| promise"));
    let without: Vec<_> = all.filter(|line| !line.contains(".rs#")).collect();
    assert!(rows.count() > 20);
    assert_eq!(without, [""; 0], "a promise that nothing shows");
}

#[test]
fn every_table_has_a_retention() {
    let document = document();
    let mut files = Vec::new();
    for folder in ["authenticator", "broker", "logger", "operations", "internal/bus"] {
        migrations(&root().join(folder).join("migrations"), &mut files);
    }
    let made = |text: String| text.split("CREATE TABLE ").skip(1).filter_map(name).collect::<Vec<_>>();
    let tables: BTreeSet<_> = files.iter().flat_map(|file| made(std::fs::read_to_string(file).unwrap())).collect();
    assert!(tables.len() > 10, "only {tables:?} are found");
    let listed: BTreeSet<_> = quoted(&document).collect();
    let missing: Vec<_> = tables.iter().filter(|table| !listed.contains(table.as_str())).collect();
    assert_eq!(missing, [""; 0], "tables that docs/reliability.md does not name");
}

fn name(statement: &str) -> Option<String> {
    let statement = statement.strip_prefix("IF NOT EXISTS ").unwrap_or(statement);
    statement.split([' ', '(']).next().map(str::to_owned)
}

fn migrations(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { migrations(&path, found) } else { found.push(path) }
    }
}
