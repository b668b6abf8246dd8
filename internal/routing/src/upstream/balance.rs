//! The choice among instances: the less loaded of two random ones (Mitzenmacher, "The Power of Two Choices in Randomized
//! Load Balancing"), among those that stand best. Whoever stands badly comes last and is never left out, so that there
//! is a choice as long as there are instances.

/// How an instance stands, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    Fit,
    /// Was ejected, and may be tried again.
    Due,
    /// Has asked for a pause, or does not take connections.
    Resting,
    Ejected,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) standing: Standing,
    /// By an earlier attempt of the same call.
    pub(super) is_tried: bool,
    pub(super) load: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) position: usize,
    /// Whether there is another one, as good and not tried.
    pub(super) has_others: bool,
}

/// `may_probe`: whether one that is due goes first. A call that failed once already had better go where it is safe.
pub(super) fn choose(candidates: &[Candidate], may_probe: bool, random: u128) -> Option<Choice> {
    let is_due = |it: &Candidate| it.standing == Standing::Due;
    let wants_due = may_probe && candidates.iter().any(is_due);
    let rank = |it: &Candidate| (wants_due && !is_due(it), it.standing, it.is_tried);
    let best = candidates.iter().map(rank).min()?;
    let pool: Vec<usize> = (0..candidates.len()).filter(|at| rank(&candidates[*at]) == best).collect();
    let position = match pool.as_slice() {
        [] => return None,
        [only] => *only,
        several => {
            let (first, second) = two_of(several.len(), random);
            let (first, second) = (several[first], several[second]);
            if candidates[first].load > candidates[second].load { second } else { first }
        }
    };
    let standing = candidates[position].standing;
    let mut others = candidates.iter().enumerate().filter(|(at, it)| *at != position && !it.is_tried);
    Some(Choice { position, has_others: others.any(|(_, it)| it.standing <= standing) })
}

/// Two different positions below `count`, which is at least 2.
fn two_of(count: usize, random: u128) -> (usize, usize) {
    let first = (random as u32) as usize % count;
    let step = 1 + ((random >> 96) as u32) as usize % (count - 1);
    (first, (first + step) % count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIT: Candidate = Candidate { standing: Standing::Fit, is_tried: false, load: 1.0 };

    fn tried(of: Candidate) -> Candidate {
        Candidate { is_tried: true, ..of }
    }

    fn standing(standing: Standing) -> Candidate {
        Candidate { standing, ..FIT }
    }

    #[test]
    fn the_best_standing_wins_then_the_untried() {
        use Standing::{Due, Ejected, Fit, Resting};
        let cases: [(&[Candidate], bool, usize, bool); 9] = [
            (&[standing(Ejected), FIT], true, 1, false),
            (&[standing(Resting), FIT], true, 1, false),
            (&[standing(Ejected), standing(Resting)], true, 1, false),
            (&[FIT, standing(Due)], true, 1, true),
            (&[FIT, standing(Due)], false, 0, false),
            (&[tried(FIT), FIT], false, 1, false),
            (&[standing(Ejected), tried(FIT)], false, 1, false),
            (&[tried(standing(Ejected)), standing(Ejected)], false, 1, false),
            (&[Candidate { load: 0.5, ..FIT }, FIT], true, 0, true),
        ];
        for (candidates, may_probe, position, has_others) in cases {
            let chosen = choose(candidates, may_probe, 7);
            assert_eq!(chosen, Some(Choice { position, has_others }), "{candidates:?}");
        }
        assert!(Fit < Due && Due < Resting && Resting < Ejected);
    }

    fn candidate() -> impl Strategy<Value = Candidate> {
        let standings = [Standing::Fit, Standing::Due, Standing::Resting, Standing::Ejected];
        let parts = (proptest::sample::select(standings.to_vec()), any::<bool>(), 0.0..10.0);
        parts.prop_map(|(standing, is_tried, load)| Candidate { standing, is_tried, load })
    }

    proptest! {
        #[test]
        fn there_is_a_choice_as_long_as_there_are_instances(
            candidates in proptest::collection::vec(candidate(), 1..12),
            may_probe: bool,
            random: u128,
        ) {
            let chosen = choose(&candidates, may_probe, random).unwrap();
            let best = candidates.iter().map(|it| it.standing).min().unwrap();
            let took = candidates[chosen.position].standing;
            prop_assert!(took == best || (may_probe && took == Standing::Due));
        }

        #[test]
        fn the_most_loaded_of_several_is_never_chosen(count in 2_usize..8, random: u128) {
            let mut candidates = vec![FIT; count];
            candidates[0].load = 2.0;
            prop_assert_ne!(choose(&candidates, true, random).unwrap().position, 0);
        }

        #[test]
        fn two_of_gives_two_different_positions(count in 2_usize..9, random: u128) {
            let (first, second) = two_of(count, random);
            prop_assert!(first != second && first < count && second < count);
        }
    }
}
