//! Fuzzing as ordinary tests, on stable Rust: a property of bytes is tried with everything that its corpus keeps, then
//! with changes of that for as long as there is time. What breaks it is made small and put into the corpus, where the
//! next run begins. Targets take bytes and nothing else, so that any other fuzzer can drive them as well.

mod attempt;
mod mutate;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use arbitrary::{self, Unstructured};

use attempt::{Failure, attempt, smaller};
use mutate::{Rng, input};

/// Seconds that each target is given; a few, unless this says otherwise.
const SECONDS: &str = "TEST_FUZZ_SECONDS";
/// The seed of a run that is to be repeated, as the failing one has printed it.
const SEED: &str = "TEST_FUZZ_SEED";
const SHORT: Duration = Duration::from_secs(2);
/// Inputs made and tried at once.
const BATCH: usize = 64;

/// What is true of all bytes, and what to begin with.
pub struct Target {
    /// The folder whose files are tried first; what breaks the property is put there.
    pub corpus: PathBuf,
    /// More to begin with.
    pub seeds: Vec<Vec<u8>>,
    /// What the format is made of, so that changes of a text are often near to one that is right.
    pub words: &'static [&'static str],
    /// Panics where it does not hold.
    pub property: fn(&[u8]),
}

impl Target {
    /// A target whose corpus stands at `corpus` in the crate's folder `root`, `env!("CARGO_MANIFEST_DIR")`.
    pub fn new(root: &str, corpus: &str, property: fn(&[u8])) -> Self {
        Self { corpus: Path::new(root).join(corpus), seeds: Vec::new(), words: &[], property }
    }

    /// Tries the corpus, and then what can be made of it; panics with an input that breaks the property.
    pub fn check(self) {
        let mut known = self.replay();
        known.extend(self.seeds.iter().cloned());
        let seed = number(SEED).unwrap_or_else(|| RandomState::new().hash_one(0));
        let until = Instant::now() + number(SECONDS).map_or(SHORT, Duration::from_secs);
        // Said before anything can go wrong: a process that is ended tells no more.
        eprintln!("{SEED}={seed} repeats this run");
        let mut tried = 0;
        while tried == 0 || Instant::now() < until {
            let mut rng = Rng::new(seed.wrapping_add(tried));
            let batch: Vec<_> = (0..BATCH).map(|_| input(&mut rng, &known, self.words)).collect();
            if let Err(failure) = attempt(&Arc::new(batch), self.property) {
                self.report(failure);
            }
            tried += BATCH as u64;
        }
        eprintln!("{tried} inputs tried");
    }

    /// The corpus, each file of which has to hold.
    fn replay(&self) -> Vec<Vec<u8>> {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(&self.corpus).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        files.sort();
        let mut kept = Vec::new();
        for file in files {
            let Ok(input) = std::fs::read(&file) else { continue };
            if let Err(failure) = attempt(&Arc::new(vec![input.clone()]), self.property) {
                panic!("{} of the corpus {}", file.display(), failure.how());
            }
            kept.push(input);
        }
        kept
    }

    fn report(&self, failure: Failure) -> ! {
        let how = failure.how();
        let input = smaller(failure, self.property);
        let mut hash = DefaultHasher::new();
        input.hash(&mut hash);
        let file = self.corpus.join(format!("found-{:016x}", hash.finish()));
        let kept = std::fs::create_dir_all(&self.corpus).and_then(|()| std::fs::write(&file, &input));
        let place = match kept {
            Ok(()) => format!("kept as {}: commit it with what mends it", file.display()),
            Err(error) => format!("not kept ({error})"),
        };
        panic!("an input {how}, {place}:\n{}", input.escape_ascii());
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is '{text}': it must be a whole number")))
}

#[cfg(test)]
mod tests;
