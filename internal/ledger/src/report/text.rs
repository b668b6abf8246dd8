//! A report as people read it, at a terminal or, with tables in Markdown, in a document.

use std::fmt::Write as _;

use super::{Latency, Phase, Report, Window};
use crate::checks::Tally;

/// Under this many seconds, what happens over time is not worth a table.
const LONG: f64 = 60.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Columns,
    Markdown,
}

impl Report {
    /// For a terminal.
    pub fn text(&self) -> String {
        let mut text = self.head();
        for (title, rows) in self.tables() {
            let _ = write!(text, "\n{title}{}", table(&rows, Form::Columns));
        }
        text + &self.tail()
    }

    /// For a document: the same tables.
    pub fn markdown(&self) -> String {
        let mut text = format!("{}\n", self.head().trim_end());
        for (_, rows) in self.tables() {
            let _ = write!(text, "\n{}", table(&rows, Form::Markdown));
        }
        text + &self.tail()
    }

    fn head(&self) -> String {
        let Self { target, seed, rate, seconds, .. } = self;
        let mut head =
            format!("{}: {target}, {seconds:.0} s at {rate} tasks a second, seed {seed:x}\n", self.verdict.name());
        for reason in &self.reasons {
            let _ = writeln!(head, "  {reason}");
        }
        head
    }

    fn tables(&self) -> Vec<(&'static str, Vec<Vec<String>>)> {
        let mut tables = vec![("", self.counts())];
        if !self.phases.is_empty() {
            tables.push(("", self.timeline()));
        }
        if self.seconds >= LONG {
            tables.push(("", self.over_time()));
        }
        tables
    }

    fn counts(&self) -> Vec<Vec<String>> {
        let head = ["", "attempted", "accepted", "applied", "recovered", "lost", "duplicated"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(self.work.iter().map(|(work, tally)| row(work.name(), tally)));
        rows.push(row("all", &self.total));
        rows
    }

    fn timeline(&self) -> Vec<Vec<String>> {
        let head = [
            "fault",
            "at",
            "held",
            "well after",
            "attempted",
            "accepted",
            "repeated",
            "recovered",
            "lost",
            "duplicated",
            "p50, p99 during",
            "p50, p99 after",
        ];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(self.phases.iter().map(Phase::row));
        rows
    }

    fn over_time(&self) -> Vec<Vec<String>> {
        let head = ["from", "to", "accepted a second", "p50", "p99", "resident", "waiting in queues"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(self.windows.iter().map(Window::row));
        rows
    }

    fn tail(&self) -> String {
        let mut tail = format!(
            "\ninvented {}; deliveries that came again {}; {}; p50 {}, p99 {}; drained after {:.1} s\n",
            self.invented,
            or_unknown(self.repeated),
            self.streams_in_words(),
            self.latency.p50_in_words(),
            self.latency.p99_in_words(),
            self.drained_after
        );
        let answers: Vec<_> = self.answers.iter().map(|(status, count)| format!("{status} {count} times")).collect();
        let _ =
            writeln!(tail, "answers: {}; given up {}, held back {}", answers.join(", "), self.given_up, self.held_back);
        for example in &self.examples {
            let _ = writeln!(tail, "  {example}");
        }
        if let Some(books) = &self.books {
            let _ = writeln!(tail, "the books are kept in {}", books.display());
        }
        tail
    }

    fn streams_in_words(&self) -> String {
        let Some(streams) = &self.streams else { return "no streams".to_owned() };
        format!("{} streams, {} resumed, {} holes", streams.streams, streams.resumed, streams.holes)
    }
}

fn row(name: &str, tally: &Tally) -> Vec<String> {
    let Tally { attempted, accepted, applied, recovered, lost, duplicated } = tally;
    let numbers = [attempted, accepted, applied, recovered, lost, duplicated].map(u64::to_string);
    std::iter::once(name.to_owned()).chain(numbers).collect()
}

impl Phase {
    fn row(&self) -> Vec<String> {
        let tally = &self.tally;
        vec![
            self.fault.clone(),
            format!("{:.1} s", self.began),
            format!("{:.1} s", self.held),
            self.healed_after.map_or_else(|| "never".to_owned(), |after| format!("{after:.1} s")),
            tally.attempted.to_string(),
            tally.accepted.to_string(),
            or_unknown(self.repeated),
            tally.recovered.to_string(),
            tally.lost.to_string(),
            tally.duplicated.to_string(),
            format!("{}, {}", self.during.p50_in_words(), self.during.p99_in_words()),
            format!("{}, {}", self.after.p50_in_words(), self.after.p99_in_words()),
        ]
    }
}

impl Window {
    fn row(&self) -> Vec<String> {
        let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
        vec![
            format!("{:.0} s", self.from),
            format!("{:.0} s", self.to),
            format!("{:.0}", self.accepted_per_second),
            self.latency.p50_in_words(),
            self.latency.p99_in_words(),
            self.resident.map_or_else(|| "-".to_owned(), megabytes),
            or_unknown(self.waiting),
        ]
    }
}

impl Latency {
    pub(crate) fn p50_in_words(&self) -> String {
        in_words(self.p50_ms)
    }

    pub(crate) fn p99_in_words(&self) -> String {
        in_words(self.p99_ms)
    }
}

fn in_words(millis: Option<f64>) -> String {
    match millis {
        None => "-".to_owned(),
        Some(millis) if millis < 10.0 => format!("{millis:.1} ms"),
        Some(millis) if millis < 10_000.0 => format!("{millis:.0} ms"),
        Some(millis) => format!("{:.1} s", millis / 1e3),
    }
}

fn or_unknown(count: Option<u64>) -> String {
    count.map_or_else(|| "unknown".to_owned(), |count| count.to_string())
}

/// The first row is the head. Names stand to the left, everything else to the right.
fn table(rows: &[Vec<String>], form: Form) -> String {
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len))
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default())
        .collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        let cells: Vec<_> = cells.collect();
        match form {
            Form::Columns => text.push_str(cells.join("  ").trim_end()),
            Form::Markdown => text.push_str(&format!("| {} |", cells.join(" | "))),
        }
        text.push('\n');
        if form == Form::Markdown && number == 0 {
            let rules: Vec<_> = (0..row.len()).map(|column| if column == 0 { "---" } else { "---:" }).collect();
            text.push_str(&format!("| {} |\n", rules.join(" | ")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Verdict;
    use crate::report::figures::tests::empty_report;
    use crate::task::Work;

    fn report() -> Report {
        let total = Tally { attempted: 1_000, accepted: 998, applied: 997, recovered: 1, lost: 2, duplicated: 0 };
        Report {
            verdict: Verdict::Failed,
            reasons: vec!["2 tasks are lost".to_owned()],
            total,
            work: [(Work::Event, total)].into(),
            repeated: Some(12),
            examples: vec!["1-00 (event): entry 0 times".to_owned()],
            ..empty_report()
        }
    }

    #[test]
    fn the_verdict_comes_first_and_figures_stand_below_each_other() {
        let text = report().text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "FAILED: http://127.0.0.1:8080, 10 s at 100 tasks a second, seed 7");
        assert_eq!(lines[1], "  2 tasks are lost");
        assert_eq!(lines[3], "       attempted  accepted  applied  recovered  lost  duplicated");
        assert_eq!(lines[4], "event       1000       998      997          1     2           0");
        assert!(text.contains("deliveries that came again 12; no streams;"), "{text}");
        assert!(text.ends_with("  1-00 (event): entry 0 times\n"), "{text}");
    }

    #[test]
    fn a_document_gets_tables() {
        let text = report().markdown();
        assert!(text.contains("| --- | ---: | ---: | ---: | ---: | ---: | ---: |"), "{text}");
        assert!(text.contains("| event |      1000 |"), "{text}");
    }

    #[test]
    fn machines_get_every_figure() {
        let json = serde_json::to_value(report()).unwrap();
        assert_eq!((&json["verdict"], &json["total"]["lost"]), (&"FAILED".into(), &2.into()));
        assert_eq!((&json["work"]["event"]["accepted"], &json["streams"]), (&998.into(), &serde_json::Value::Null));
    }

    #[test]
    fn times_are_in_the_unit_that_fits() {
        assert_eq!([Some(1.25), Some(250.4), Some(45_000.0), None].map(in_words), ["1.2 ms", "250 ms", "45.0 s", "-"]);
    }
}
