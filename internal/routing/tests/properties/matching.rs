//! Which row a request is for, against a matcher that tries every row segment by segment: a fixed word goes before a
//! field and a field before the rest of a path, from the left; then a method of its own goes before any.

use http::Method;
use proptest::prelude::*;
use routing::index::{Index, NoRoute};
use routing::table::{Table, parse};

use crate::paths::{Segment, segments, template};

#[derive(Debug, Clone)]
struct Row {
    method: &'static str,
    segments: Vec<Segment>,
}

fn row() -> impl Strategy<Value = Row> {
    let method = prop::sample::select(vec!["GET", "POST", "ANY"]);
    (method, segments()).prop_map(|(method, segments)| Row { method, segments })
}

/// Paths of the same few words, also with empty segments, dots and escapes.
fn path() -> impl Strategy<Value = String> {
    prop::collection::vec("[ab]|a-b||c|\\.\\.|%61|a%2Fb|b", 0..5).prop_map(|parts| format!("/{}", parts.join("/")))
}

/// A table of those rows that can stand beside each other.
fn table(mut rows: Vec<Row>) -> (Table, Vec<Row>) {
    loop {
        let lines = rows.iter().map(|row| {
            format!("[[route]]\non = \"{} {}\"\ncall = 'rpc a b'\n", row.method, template(&row.segments, "f"))
        });
        let text = format!("version = 1\n{}", lines.collect::<String>());
        match parse("t", &text, |_| None) {
            Ok(table) => return (table, rows),
            // A row has three lines, and the door is the second of them.
            Err(faults) => drop(rows.remove((faults[0].line - 2) / 3)),
        }
    }
}

/// How well each segment fits, where all of them do: less goes before more.
fn fit(segments: &[Segment], path: &str) -> Option<(Vec<u8>, Vec<String>)> {
    let (mut kinds, mut values) = (Vec::new(), Vec::new());
    let mut parts = path[1..].split('/');
    if segments.is_empty() {
        return (path == "/").then_some((kinds, values));
    }
    for segment in segments {
        let part = match segment {
            Segment::Rest => parts.by_ref().collect::<Vec<_>>().join("/"),
            Segment::Fixed(_) | Segment::Field => parts.next()?.to_owned(),
        };
        match segment {
            Segment::Fixed(text) if *text == part => kinds.push(0),
            Segment::Field | Segment::Rest if !part.is_empty() => {
                kinds.push(if *segment == Segment::Field { 1 } else { 2 });
                values.push(part);
            }
            Segment::Fixed(_) | Segment::Field | Segment::Rest => return None,
        }
    }
    parts.next().is_none().then_some((kinds, values))
}

/// The row and the values of its fields, or the methods that the path is known with.
fn plainly(rows: &[Row], method: &str, path: &str) -> Result<(usize, Vec<String>), Vec<String>> {
    let fits: Vec<_> = rows.iter().enumerate().filter_map(|(at, row)| Some((fit(&row.segments, path)?, at))).collect();
    let Some(best) = fits.iter().map(|((kinds, _), _)| kinds).min() else { return Err(Vec::new()) };
    let best: Vec<_> = fits.iter().filter(|((kinds, _), _)| kinds == best).collect();
    let with = |wanted: &str| best.iter().find(|(_, at)| rows[*at].method == wanted);
    match with(method).or_else(|| with("ANY")) {
        Some(((_, values), at)) => Ok((*at, values.clone())),
        None => {
            let mut methods: Vec<_> = best.iter().map(|(_, at)| rows[*at].method.to_owned()).collect();
            methods.sort();
            Err(methods)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_request_finds_the_row_that_it_plainly_is_for(
        rows in prop::collection::vec(row(), 1..12), paths in prop::collection::vec(path(), 8), post in any::<bool>(),
    ) {
        let (table, rows) = table(rows);
        let index = Index::new(&table).unwrap();
        let method = if post { Method::POST } else { Method::GET };
        for path in paths {
            let found = match index.find(&method, None, &path) {
                Ok(found) => Ok((found.row, found.fields.iter().map(|(_, value)| (*value).to_owned()).collect())),
                Err(NoRoute::Path) => Err(Vec::new()),
                Err(NoRoute::Method(methods)) => Err(methods.iter().map(ToString::to_string).collect()),
            };
            prop_assert_eq!(found, plainly(&rows, method.as_str(), &path), "{} {} in {:?}", method, path, rows);
        }
    }
}
