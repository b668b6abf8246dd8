//! The migrations are compiled in: a new file has to rebuild the crate.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
