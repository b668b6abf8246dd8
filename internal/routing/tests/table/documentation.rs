//! docs/routes.md: each of its examples is read as a reader would copy it, and each message in it is the real one.

use crate::read;

const TEXT: &str = include_str!("../../../../docs/routes.md");

/// A fenced block and the words around it that say what it is.
struct Block {
    language: &'static str,
    text: &'static str,
    line: usize,
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut rest = TEXT;
    while let Some((_, after)) = rest.split_once("\n```") {
        let (language, after) = after.split_once('\n').unwrap();
        let (text, after) = after.split_once("```").unwrap();
        let line = TEXT[..TEXT.len() - after.len() - text.len()].lines().count();
        blocks.push(Block { language, text, line });
        rest = after;
    }
    blocks
}

/// An example that a block of messages follows has these faults; every other one has none.
#[test]
fn every_example_does_what_it_says() {
    let blocks = blocks();
    let (mut good, mut faulty) = (0, 0);
    for (at, block) in blocks.iter().enumerate().filter(|(_, block)| block.language == "toml") {
        let next = blocks.get(at + 1).filter(|next| next.language == "text");
        let told = next.map(|next| next.text.lines().collect::<Vec<_>>()).unwrap_or_default();
        let found = read(block.text).err().unwrap_or_default();
        assert_eq!(found, told, "the example in line {} of docs/routes.md\n{}", block.line, block.text);
        if told.is_empty() { good += 1 } else { faulty += 1 }
    }
    assert!(good >= 20 && faulty >= 5, "only {good} good and {faulty} faulty examples were found");
}

/// What the page calls the known keys is what the parser takes.
#[test]
fn every_option_has_its_place_on_the_page() {
    let unknown = read("[[route]]\non = \"GET /x\"\ncall = \"rpc x y\"\nzzz = 1\n").unwrap_err();
    let (_, known) = unknown[0].split_once("a row takes ").unwrap();
    for key in known.split(", ") {
        let shown = blocks().iter().any(|block| {
            let keys = block.text.lines().filter_map(|line| line.split_once('=')).map(|(key, _)| key.trim());
            block.language == "toml" && keys.into_iter().any(|it| it == key)
        });
        assert!(shown, "docs/routes.md has no example of '{key}'");
        assert!(TEXT.contains(&format!("`{key}`")), "docs/routes.md does not explain `{key}`");
    }
}
