//! What is wrong with a file and where. Every fault of a file is collected before anybody is told, in the order of its
//! lines: mending a table takes one round, not one for each mistake.

use std::fmt;
use std::ops::Range;

/// One fault, where it stands, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    pub message: String,
    /// Empty where the message says it all.
    pub remedy: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message, remedy } = self;
        write!(f, "{file}:{line}:{column}: {message}")?;
        if remedy.is_empty() { Ok(()) } else { write!(f, ": {remedy}") }
    }
}

/// Collects the faults of one file.
pub(super) struct Faults<'a> {
    file: &'a str,
    text: &'a str,
    /// Where each line begins: asked for with every row, so counting each time would cost the square of the file.
    lines: Vec<usize>,
    /// Each with the byte that it stands at.
    found: Vec<(usize, Fault)>,
}

impl<'a> Faults<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file, text, lines, found: Vec::new() }
    }

    /// Notes a fault at these bytes of the text.
    pub(super) fn add(&mut self, span: &Range<usize>, fault: impl Into<Fault>) {
        self.found.push((span.start, fault.into()));
    }

    /// The line of these bytes, counted from 1.
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        self.lines.partition_point(|start| *start <= span.start)
    }

    /// The faults in the order of the file, or `whole` when there is none.
    pub(super) fn or<T>(mut self, whole: T) -> Result<T, Vec<Diagnostic>> {
        if self.found.is_empty() {
            return Ok(whole);
        }
        self.found.sort_by_key(|(at, _)| *at);
        Err(self.placed())
    }

    /// One walk over the text for all of them, as many may stand in one long line.
    fn placed(self) -> Vec<Diagnostic> {
        let (mut line, mut column, mut from) = (0, 1, 0);
        let diagnostic = |(at, Fault { message, remedy }): (usize, Fault)| {
            let at = self.text.floor_char_boundary(at);
            let now = self.lines.partition_point(|start| *start <= at);
            if now != line {
                (line, column, from) = (now, 1, self.lines[now - 1]);
            }
            column += self.text[from..at].chars().count();
            from = at;
            Diagnostic { file: self.file.to_owned(), line, column, message, remedy }
        };
        self.found.into_iter().map(diagnostic).collect()
    }
}

/// What is wrong and what to do about it, before it is known where.
#[derive(Debug)]
pub(super) struct Fault {
    message: String,
    remedy: String,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { message: message.into(), remedy: remedy.into() }
    }
}

/// `message: remedy`, as the parts of the grammar that know no place give it.
impl From<String> for Fault {
    fn from(text: String) -> Self {
        match text.rsplit_once(": ") {
            Some((message, remedy)) => Self::new(message, remedy),
            None => Self::new(text, ""),
        }
    }
}
