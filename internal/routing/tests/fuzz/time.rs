//! A table of four times the size takes about four times as long, whatever is in it: what would be sixteen times as long
//! is a table that holds up every reload. Compared are times of one run, with room for a busy machine.

use std::fmt::Write;
use std::time::{Duration, Instant};

use routing::table::parse;

/// Between four and sixteen, and far from both.
const MOST: u32 = 10;
/// So short that a pause of the machine is a large part of it.
const SHORT: Duration = Duration::from_millis(20);

#[test]
fn reading_takes_as_long_as_the_table_is() {
    let cases: [(&str, fn(usize) -> String); 8] = [
        ("rows", |rows| table(rows, |row| format!("on = 'GET /a{row}/{{id}}'\naction = 'a{row}'\ncall = 'rpc a b'\n"))),
        ("rows with faults", |rows| table(rows, |row| format!("on = 'GET /a'\nodd{row} = 1\n"))),
        ("faults in one line", |many| format!("version = 1\nservices = {{{}}}", list(many, |at| format!("A{at}=1")))),
        ("services", |many| format!("version = 1\n[services]\n{}", lines(many, |at| format!("s{at} = 'http://h:1'")))),
        ("rows for one path and many hosts", |rows| {
            table(rows, |row| format!("on = 'GET /a'\nhost = 'h{row}'\ncall = 'rpc a b'\n"))
        }),
        ("long names that are not known", |many| {
            let word = |letter: &str| format!("'grpc {} a.B/C'", letter.repeat(many));
            table(40, |row| format!("on = 'GET /a{row}'\ncall = {}\n", word(if row % 2 == 0 { "a" } else { "b" })))
        }),
        ("renamed fields", |many| {
            table(1, |_| {
                format!("on = 'GET /a'\ncall = 'rpc a b'\nargs = {{{}}}\n", list(many, |at| format!("f{at}='$g{at}'")))
            })
        }),
        ("doors of a row", |many| {
            table(1, |_| format!("call = 'rpc a b'\non = [{}]\n", list(many, |at| format!("'GET /a{at}'"))))
        }),
    ];
    for (what, text) in cases {
        let (small, large) = (best(&text(1_000)), best(&text(4_000)));
        assert!(large < small.max(SHORT) * MOST, "{what}: {small:?}, and {large:?} for four times as much");
    }
}

/// The shortest of some, which is the one that nothing came between.
fn best(text: &str) -> Duration {
    let timed = |_| {
        let start = Instant::now();
        let _ = parse("routes.toml", text, |_| None);
        start.elapsed()
    };
    (0..3).map(timed).min().unwrap()
}

fn table(rows: usize, row: impl Fn(usize) -> String) -> String {
    (0..rows).fold("version = 1\n".to_owned(), |mut text, at| {
        write!(text, "[[route]]\n{}", row(at)).unwrap();
        text
    })
}

fn lines(many: usize, line: impl Fn(usize) -> String) -> String {
    (0..many).map(line).collect::<Vec<_>>().join("\n")
}

fn list(many: usize, item: impl Fn(usize) -> String) -> String {
    (0..many).map(item).collect::<Vec<_>>().join(",")
}
