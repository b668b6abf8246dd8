//! What is in a folder that Vite has built: every file with its path, its kind, how long it is good for, and the
//! precompressed forms beside it. Runs when the program is built (build.rs), and in tests.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// One file that is served.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// As it is asked for, such as `/assets/index-CpcZ_Jr7.css`.
    pub(crate) path: String,
    pub(crate) content_type: &'static str,
    pub(crate) etag: String,
    pub(crate) is_immutable: bool,
    pub(crate) file: PathBuf,
    pub(crate) brotli: Option<PathBuf>,
    pub(crate) gzip: Option<PathBuf>,
}

/// All of them, in the order of their paths. A folder that is not there, or has no index.html, has nothing to serve.
pub(crate) fn collect(dist: &Path) -> io::Result<Vec<Found>> {
    if !dist.join("index.html").is_file() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    visit(dist, "", &mut found)?;
    found.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(found)
}

fn visit(folder: &Path, prefix: &str, found: &mut Vec<Found>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        let Some(name) = file.file_name().and_then(|name| name.to_str()) else { continue };
        let path = format!("{prefix}/{name}");
        // Vite's manifest is for the build alone; source maps are for whoever has the sources.
        if name.starts_with('.') || name.ends_with(".map") {
            continue;
        }
        if file.is_dir() {
            visit(&file, &path, found)?;
        } else if !is_compressed_form(&file) {
            found.push(read(file, path)?);
        }
    }
    Ok(())
}

/// Whether it is another form of the file beside it.
fn is_compressed_form(file: &Path) -> bool {
    matches!(extension(file), "br" | "gz") && file.with_extension("").is_file()
}

fn read(file: PathBuf, path: String) -> io::Result<Found> {
    let form = |extension: &str| {
        let mut name = file.clone().into_os_string();
        name.push(extension);
        Some(PathBuf::from(name)).filter(|it| it.is_file())
    };
    Ok(Found {
        content_type: content_type(extension(&file)),
        etag: etag(&fs::read(&file)?),
        is_immutable: is_immutable(&path),
        brotli: form(".br"),
        gzip: form(".gz"),
        path,
        file,
    })
}

fn extension(file: &Path) -> &str {
    file.extension().and_then(|it| it.to_str()).unwrap_or_default()
}

fn content_type(extension: &str) -> &'static str {
    match extension {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

/// Weak, as the same one stands for every compressed form. 64 bits tell the versions of one file apart.
fn etag(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    format!("W/\"{:016x}\"", hasher.finish())
}

/// Whether another content would have another name: Vite puts eight letters of a hash before the ending.
fn is_immutable(path: &str) -> bool {
    let Some(name) = path.strip_prefix("/assets/") else { return false };
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let is_letter = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
    let Some((before, hash)) = stem.len().checked_sub(8).and_then(|at| stem.split_at_checked(at)) else { return false };
    before.len() > 1 && before.ends_with('-') && hash.bytes().all(is_letter)
}

/// The same as the text of a Rust expression, with the contents of the files.
pub(crate) fn listed(found: &[Found]) -> String {
    let bytes = |file: &Path| format!("include_bytes!({:?})", file.display().to_string());
    let form = |file: &Option<PathBuf>| file.as_deref().map_or("None".to_owned(), |it| format!("Some({})", bytes(it)));
    let mut text = "&[\n".to_owned();
    for it in found {
        let _ = writeln!(
            text,
            "    Asset {{ path: {:?}, content_type: {:?}, etag: {:?}, is_immutable: {}, identity: {}, brotli: {}, gzip: {} }},",
            it.path,
            it.content_type,
            it.etag,
            it.is_immutable,
            bytes(&it.file),
            form(&it.brotli),
            form(&it.gzip),
        );
    }
    text.push_str("]\n");
    text
}
