//! The verdict: a broken promise fails a run, and a run that could not have failed is no proof.

use super::{Report, Verdict};

/// Sets verdict and reasons. `are_faults_wanted` says whether the run was to be one under faults.
pub(super) fn judge(report: &mut Report, are_faults_wanted: bool) {
    let broken = broken(report);
    let empty = empty(report, are_faults_wanted);
    report.verdict = match (broken.is_empty(), empty.is_empty()) {
        (false, _) => Verdict::Failed,
        (true, false) => Verdict::Invalid,
        (true, true) => Verdict::Passed,
    };
    report.reasons = broken.into_iter().chain(empty).collect();
}

fn broken(report: &Report) -> Vec<String> {
    let total = &report.total;
    let holes = report.streams.as_ref().map_or(0, |streams| streams.holes);
    let counted = [
        (total.lost, "tasks were accepted and are not there, or only in part"),
        (total.duplicated, "effects are there more than once"),
        (report.invented, "effects are there that nobody asked for"),
        (holes, "messages are missing in the streams"),
        (report.refusals, "right requests were refused for good"),
    ];
    let mut reasons: Vec<_> =
        counted.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let silent =
        report.silent.iter().map(|work| format!("no {} was accepted any more after the last fault", work.name()));
    reasons.extend(silent);
    let ill = report.phases.iter().filter(|phase| phase.healed_after.is_none() && phase.trouble.is_none());
    reasons.extend(ill.map(|phase| format!("not well again after '{}'", phase.fault)));
    reasons
}

fn empty(report: &Report, are_faults_wanted: bool) -> Vec<String> {
    let mut reasons = Vec::new();
    if report.total.accepted == 0 {
        reasons.push("nothing was accepted".to_owned());
    }
    let failed = report.phases.iter().filter_map(|phase| Some((phase, phase.trouble.as_ref()?)));
    reasons.extend(failed.map(|(phase, trouble)| format!("the fault '{}' could not be done: {trouble}", phase.fault)));
    if are_faults_wanted {
        match report.repeated {
            _ if report.phases.is_empty() => reasons.push("no fault was done".to_owned()),
            Some(0) => reasons.push("nothing was ever delivered again, so the faults hit nothing".to_owned()),
            None => reasons.push("nobody tells how many deliveries came again: name /metrics by --metrics".to_owned()),
            Some(_) => {}
        }
        if report.streams.as_ref().is_some_and(|streams| streams.resumed == 0) {
            reasons.push("no stream was ever resumed".to_owned());
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Tally;
    use crate::report::Phase;
    use crate::report::figures::tests::empty_report;
    use crate::streams::Streams;
    use crate::task::Work;

    fn well() -> Report {
        let total = Tally { attempted: 10, accepted: 10, applied: 10, ..Tally::default() };
        let phase = Phase { healed_after: Some(0.5), ..phase() };
        Report { total, repeated: Some(3), phases: vec![phase], ..empty_report() }
    }

    fn phase() -> Phase {
        Phase {
            fault: "kill".to_owned(),
            what: String::new(),
            began: 1.0,
            held: 1.0,
            healed_after: None,
            trouble: None,
            tally: Tally::default(),
            repeated: None,
            during: super::super::Latency::default(),
            after: super::super::Latency::default(),
        }
    }

    fn verdict(mut report: Report) -> (Verdict, String) {
        judge(&mut report, true);
        (report.verdict, report.reasons.join("; "))
    }

    #[test]
    fn a_run_in_which_every_promise_was_tried_and_kept_passes() {
        assert_eq!(verdict(well()), (Verdict::Passed, String::new()));
    }

    #[test]
    fn every_broken_promise_fails_it() {
        let total = well().total;
        let hole = Streams { holes: 1, resumed: 1, ..Streams::default() };
        let cases = [
            (Report { total: Tally { lost: 1, ..total }, ..well() }, "1 tasks were accepted and are not there"),
            (Report { total: Tally { duplicated: 2, ..total }, ..well() }, "2 effects are there more than once"),
            (Report { invented: 3, ..well() }, "3 effects are there that nobody asked for"),
            (Report { streams: Some(hole), ..well() }, "1 messages are missing"),
            (Report { silent: vec![Work::Account], ..well() }, "no account was accepted any more"),
            (Report { refusals: 1, ..well() }, "1 right requests were refused"),
            (Report { phases: vec![phase()], ..well() }, "not well again after 'kill'"),
        ];
        for (report, reason) in cases {
            let (verdict, reasons) = verdict(report);
            assert!(verdict == Verdict::Failed && reasons.starts_with(reason), "{verdict:?}: {reasons}");
        }
    }

    #[test]
    fn a_run_that_could_not_have_failed_is_invalid() {
        let trouble = Some("no such program".to_owned());
        let cases = [
            (Report { repeated: Some(0), ..well() }, "nothing was ever delivered again"),
            (Report { repeated: None, ..well() }, "nobody tells"),
            (Report { phases: Vec::new(), ..well() }, "no fault was done"),
            (Report { phases: vec![Phase { trouble, ..phase() }], ..well() }, "the fault 'kill' could not be done"),
            (Report { total: Tally::default(), ..well() }, "nothing was accepted"),
            (Report { streams: Some(Streams::default()), ..well() }, "no stream was ever resumed"),
        ];
        for (report, reason) in cases {
            let (verdict, reasons) = verdict(report);
            assert!(verdict == Verdict::Invalid && reasons.starts_with(reason), "{verdict:?}: {reasons}");
        }
    }

    #[test]
    fn without_faults_nothing_has_to_come_again() {
        let mut report = Report { repeated: None, phases: Vec::new(), ..well() };
        judge(&mut report, false);
        assert_eq!(report.verdict, Verdict::Passed, "{:?}", report.reasons);
    }
}
