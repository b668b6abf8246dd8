//! "Did you mean …?": the known word nearest to one that is not known.

/// The nearest of `known` by slips of the keyboard (one letter wrong, missing, too many, or two swapped), unless that
/// takes more than a third of the word.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let slips = known.into_iter().map(|candidate| (strsim::osa_distance(word, candidate), candidate));
    let (slips, best) = slips.min()?;
    (slips <= (word.chars().count() / 3).max(1)).then_some(best)
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
    }
}
