//! New inputs out of known ones: bits, pieces and words changed, moved, repeated. Which ones follows from a number, so
//! that a run can be repeated.

/// The largest input that is made.
const MOST: usize = 16 << 10;

/// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>).
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Less than `bound`, which is 0 only where nothing is asked for.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.next() as u8).collect()
    }

    fn range(&mut self, length: usize, most: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        start..(start + self.below(most + 1)).min(length)
    }
}

/// One of the known inputs with some changes, now and then bytes that have nothing to do with them.
pub(crate) fn input(rng: &mut Rng, known: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut input = match rng.below(8) {
        0 => rng.bytes(256),
        _ => known.get(rng.below(known.len())).cloned().unwrap_or_default(),
    };
    for _ in 0..=rng.below(6) {
        change(&mut input, rng, known, words);
    }
    input.truncate(MOST);
    input
}

fn change(input: &mut Vec<u8>, rng: &mut Rng, known: &[Vec<u8>], words: &[&str]) {
    let at = rng.below(input.len() + 1);
    match rng.below(8) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << rng.below(8);
            }
        }
        1 => drop(input.drain(rng.range(input.len(), 64))),
        2 => insert(input, at, &rng.bytes(16)),
        3 => {
            let piece = input[rng.range(input.len(), 64)].to_vec();
            insert(input, at, &piece);
        }
        4 => {
            let byte = input.get(at).copied().unwrap_or(b'[');
            insert(input, at, &vec![byte; rng.below(300)]);
        }
        5 => {
            let other = known.get(rng.below(known.len())).map_or(&[][..], Vec::as_slice);
            insert(input, at, &other[rng.range(other.len(), 256)].to_vec());
        }
        _ => {
            let word = words.get(rng.below(words.len())).copied().unwrap_or_default();
            let over = rng.below(2) * word.len();
            input.splice(at..(at + over).min(input.len()), word.bytes());
        }
    }
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    input.splice(at..at, piece.iter().copied());
}
