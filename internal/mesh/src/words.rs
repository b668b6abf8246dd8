//! "Did you mean …?": the known word nearest to one that is not known.

/// Longer than any name: what is longer was not mistyped, and comparing costs the product of both lengths.
const LONGEST: usize = 256;

/// The nearest of `known` by slips of the keyboard (one letter wrong, missing, too many, or two swapped), unless that
/// takes more than a third of the word.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let most = (length / 3).max(1);
    // Each slip adds or takes away one letter at most.
    let is_near = |candidate: &&str| candidate.chars().count().abs_diff(length) <= most;
    let known = known.into_iter().filter(|_| length <= LONGEST).filter(is_near);
    let (slips, best) = known.map(|candidate| (strsim::osa_distance(word, candidate), candidate)).min()?;
    (slips <= most).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let known = ["math", "logger", "log"];
        for (word, near) in
            [("loger", Some("logger")), ("lgo", Some("log")), ("matj", Some("math")), ("inventory", None)]
        {
            assert_eq!(nearest(word, known), near, "{word}");
        }
        assert_eq!(nearest("x", []), None);
        assert_eq!(nearest("abcdef", ["abcd", "abcdefghi", "abcdefgh"]), Some("abcd"));
        assert_eq!(nearest(&"x".repeat(100_000), [&*"x".repeat(99_999)]), None);
    }
}
