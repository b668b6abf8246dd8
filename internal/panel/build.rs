//! Takes the files of the panel into the program: what `npm run build` left in client/dist, each with its precompressed
//! forms. Without them the program is built all the same, and has no panel.

#[path = "src/collect.rs"]
mod collect;

use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let within = |variable: &str| env::var_os(variable).map(PathBuf::from).unwrap_or_default();
    let dist = within("CARGO_MANIFEST_DIR").join("../../client/dist");
    watched(&dist);
    let found = collect::collect(&dist.canonicalize().unwrap_or(dist))?;
    fs::write(within("OUT_DIR").join("built.rs"), collect::listed(&found))
}

/// Cargo looks at all files of the folder. One that is missing would count as changed at each build, and so make half of
/// the program anew each time: an empty one is put there, older than this run of the script.
fn watched(dist: &Path) {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/collect.rs");
    println!("cargo::rerun-if-changed={}", dist.display());
    if !dist.exists() && fs::create_dir_all(dist).is_ok() {
        let _ = fs::File::open(dist).and_then(|it| it.set_modified(SystemTime::UNIX_EPOCH));
    }
}
