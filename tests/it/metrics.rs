//! docs/metrics.md lists every metric of the code, and nothing else.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !name.starts_with('.') && !["target", "tests", "data"].contains(&name) {
            sources(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

fn is_name(text: &str) -> bool {
    text.contains('_') && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// The names in the calls of the macros. One that is handed to its macro stands close by, in the same statement or
/// function.
fn in_code(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for call in ["counter!(", "gauge!(", "histogram!("].iter().flat_map(|call| text.split(call).skip(1)) {
        let call = call.trim_start();
        let names_of =
            |text: &str| text.split('"').skip(1).step_by(2).filter(|it| is_name(it)).map(str::to_owned).collect();
        let found: Vec<String> = if call.starts_with('"') {
            call.split('"').nth(1).map(str::to_owned).into_iter().collect()
        } else {
            names_of(call.split('}').next().unwrap_or_default())
        };
        assert!(
            !found.is_empty(),
            "a metric whose name is not to be seen: {}",
            call.lines().next().unwrap_or_default()
        );
        names.extend(found);
    }
    names
}

#[test]
fn every_metric_is_in_the_list_and_every_one_in_the_list_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(root, &mut files);
    let code: BTreeSet<_> = files.iter().flat_map(|file| in_code(&std::fs::read_to_string(file).unwrap())).collect();
    let list = std::fs::read_to_string(root.join("docs/metrics.md")).unwrap();
    let rows = list.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let listed: BTreeSet<_> = rows.map(str::to_owned).collect();
    assert!(code.len() > 30, "only {} metrics are found in the code", code.len());
    assert_eq!(code.difference(&listed).collect::<Vec<_>>(), [""; 0], "not in docs/metrics.md");
    assert_eq!(listed.difference(&code).collect::<Vec<_>>(), [""; 0], "in docs/metrics.md and nowhere else");
}
