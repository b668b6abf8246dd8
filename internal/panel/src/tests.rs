//! What is taken from a folder that looks like Vite's, and how it is found again.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::collect::{Found, collect, listed};

fn folder(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, name).unwrap();
    }
    folder
}

fn found(folder: &Path) -> Vec<Found> {
    collect(folder).unwrap()
}

const DIST: [&str; 11] = [
    "index.html",
    "index.html.br",
    "index.html.gz",
    ".vite/manifest.json",
    "icon.svg",
    "assets/index-CpcZ_Jr7.css",
    "assets/index-CpcZ_Jr7.css.gz",
    "assets/index-DqwKGTMZ.js.map",
    "assets/Screen-C2F7vC-L.js",
    "assets/plain.js",
    "fonts/odd.br",
];

#[test]
fn files_are_taken_with_their_forms_and_what_only_the_build_needs_is_left_out() {
    let dist = folder(&DIST);
    let taken: Vec<_> = found(dist.path())
        .iter()
        .map(|it| (it.path.clone(), it.content_type, it.is_immutable, it.brotli.is_some(), it.gzip.is_some()))
        .collect();
    let row = |path: &str, kind, is_immutable, brotli, gzip| (path.to_owned(), kind, is_immutable, brotli, gzip);
    let expected = [
        row("/assets/Screen-C2F7vC-L.js", "text/javascript; charset=utf-8", true, false, false),
        row("/assets/index-CpcZ_Jr7.css", "text/css; charset=utf-8", true, false, true),
        row("/assets/plain.js", "text/javascript; charset=utf-8", false, false, false),
        row("/fonts/odd.br", "application/octet-stream", false, false, false),
        row("/icon.svg", "image/svg+xml", false, false, false),
        row("/index.html", "text/html; charset=utf-8", false, true, true),
    ];
    assert_eq!(taken, expected);
}

#[test]
fn a_folder_that_is_missing_or_has_no_page_has_nothing() {
    let empty = folder(&[]);
    assert_eq!(found(empty.path()), []);
    assert_eq!(found(&empty.path().join("none")), []);
    assert_eq!(found(folder(&["assets/index-CpcZ_Jr7.css"]).path()), []);
    assert_eq!(listed(&[]), "&[\n]\n");
}

#[test]
fn another_content_has_another_etag_and_the_same_one_has_the_same() {
    let (dist, again) = (folder(&DIST), folder(&DIST));
    let tags = |folder: &TempDir| found(folder.path()).into_iter().map(|it| it.etag).collect::<Vec<_>>();
    assert_eq!(tags(&dist), tags(&again));
    fs::write(again.path().join("icon.svg"), "icon.svG").unwrap();
    let differ = tags(&dist).iter().zip(tags(&again)).filter(|(one, other)| **one != *other).count();
    assert_eq!(differ, 1);
}

#[test]
fn the_text_for_the_compiler_names_every_form() {
    let dist = folder(&["index.html", "index.html.br", "icon.svg"]);
    let text = listed(&found(dist.path()));
    assert_eq!(text.matches("include_bytes!").count(), 3, "{text}");
    assert!(text.contains("index.html.br\")), gzip: None }"), "{text}");
}

#[test]
fn a_path_is_found_as_it_is_and_in_no_other_spelling() {
    const fn asset(path: &'static str) -> Asset {
        let (content_type, etag) = ("text/plain", "W/\"0\"");
        Asset { path, content_type, etag, is_immutable: false, identity: b"", brotli: None, gzip: None }
    }
    static FILES: [Asset; 3] = [asset("/assets/a.js"), asset("/icon.svg"), asset("/index.html")];
    let files = Files::of(&FILES);
    assert!(files.is_built() && files.find("/icon.svg").is_some());
    for other in
        ["icon.svg", "/icon%2Esvg", "/assets/../icon.svg", "//icon.svg", "/assets", "/assets/", "/ICON.SVG", ""]
    {
        assert!(files.find(other).is_none(), "{other}");
    }
    assert!(!Files::of(&[]).is_built());
}
