//! The fuzzer finds what is there to be found, makes it small, keeps it, and tries what it has kept first.

use std::panic::catch_unwind;
use std::path::Path;

use super::Target;

fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("fuzz-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn kept(folder: &Path) -> Vec<Vec<u8>> {
    std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

fn no_key_twice(input: &[u8]) {
    assert!(input.windows(2).filter(|it| it == b"k=").count() < 2);
}

#[test]
fn what_breaks_a_property_is_made_small_and_kept_and_tried_first() {
    let corpus = folder("kept");
    let target = || Target {
        corpus: corpus.clone(),
        seeds: vec![b"a line\nk=1\nanother\n".to_vec()],
        words: &["k=", "\n"],
        property: no_key_twice,
    };
    assert!(catch_unwind(|| target().check()).is_err());
    assert_eq!(kept(&corpus), [b"k=k=".to_vec()]);
    let again = catch_unwind(|| target().check()).unwrap_err();
    assert!(again.downcast_ref::<String>().unwrap().contains("of the corpus breaks the property"));
    std::fs::remove_dir_all(corpus).unwrap();
}

#[test]
fn the_same_seed_makes_the_same_inputs() {
    let made = |seed| super::input(&mut super::Rng::new(seed), &[b"some text".to_vec()], &["word"]);
    assert_eq!(made(7), made(7));
    assert!((0..50).any(|seed| made(seed) != made(7)));
}
