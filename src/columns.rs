//! Plain text for people: rows whose columns stand below each other, written to standard output.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};

/// Rows with two spaces between columns; the last column is not padded. A cell is one line, and no command to a terminal.
pub(crate) fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let rows: Vec<_> = rows.iter().map(|row| row.each_ref().map(|cell| line(cell))).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in &rows {
        let mut padded = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(padded, "{cell:width$}  ");
        }
        text.push_str(padded.trim_end());
        text.push('\n');
    }
    text
}

/// What others wrote, as one line that does nothing to a terminal.
pub(crate) fn line(text: &str) -> String {
    let harmless = |c: char| match c {
        _ if !c.is_control() => c,
        _ if c.is_whitespace() => ' ',
        _ => char::REPLACEMENT_CHARACTER,
    };
    text.chars().map(harmless).collect()
}

/// The same with its lines and tabs.
pub(crate) fn lines(text: &str) -> String {
    let is_harmless = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    text.chars().map(|c| if is_harmless(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// As it is for a file or another program, and harmless for a terminal.
pub(crate) fn print_exact(text: &str) {
    match std::io::stdout().is_terminal() {
        true => print(&lines(text)),
        false => print(text),
    }
}

/// Writes to standard output; a reader that has gone away (`| head`) is no error.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [["a".to_owned(), "b".to_owned()], ["longer".to_owned(), String::new()]];
        assert_eq!(aligned(&rows), "a       b\nlonger\n");
    }

    #[test]
    fn what_others_wrote_is_no_command_to_a_terminal() {
        let text = "a\u{1b}[2J\u{9b}31m\r\n\tb";
        assert_eq!(line(text), "a\u{fffd}[2J\u{fffd}31m   b");
        assert_eq!(lines(text), "a\u{fffd}[2J\u{fffd}31m\u{fffd}\n\tb");
        assert_eq!(aligned(&[[text.to_owned()]]), format!("{}\n", line(text)));
    }
}
