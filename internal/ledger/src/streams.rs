//! The check of streams: to every client each of them rises by one, and after a lost connection it goes on where it was. A message
//! that comes again is skipped by its number, as clients do, and counted; one that is skipped by the install is a hole.

use std::collections::HashMap;

use serde::Serialize;

use crate::books::{Acked, Books, Delivered};

/// How many of what went wrong are named.
const NAMED: usize = 5;

/// What the ledgers of delivered and acked say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Streams {
    /// Streams, each counted once for every client that reads it.
    pub streams: u64,
    pub delivered: u64,
    pub repeated: u64,
    /// Connections after the first of a client.
    pub resumed: u64,
    /// Numbers that were left out, and acks of what was never delivered.
    pub holes: u64,
    /// The first few of those, in words.
    pub examples: Vec<String>,
}

#[derive(Debug)]
struct Place {
    connection: u64,
    last: u64,
}

impl Streams {
    fn hole(&mut self, numbers: u64, words: String) {
        self.holes += numbers;
        if self.examples.len() < NAMED {
            self.examples.push(words);
        }
    }

    fn deliver(&mut self, place: Option<&Place>, line: &Delivered) -> Place {
        let Delivered(client, connection, stream, number, _) = line;
        self.delivered += 1;
        let Some(before) = place else {
            self.streams += 1;
            return Place { connection: *connection, last: *number };
        };
        self.resumed += u64::from(before.connection != *connection);
        if *number <= before.last {
            self.repeated += 1;
        } else if *number > before.last + 1 {
            let words = format!("{client} was given {number} of {stream} right after {}", before.last);
            self.hole(number - before.last - 1, words);
        }
        Place { connection: *connection, last: before.last.max(*number) }
    }
}

pub(crate) fn check(books: &Books) -> anyhow::Result<Streams> {
    let (mut streams, mut places) = (Streams::default(), HashMap::new());
    for line in books.delivered.lines()? {
        let line = line?;
        let key = (line.0.clone(), line.2.clone());
        let place = streams.deliver(places.get(&key), &line);
        places.insert(key, place);
    }
    for line in books.acked.lines()? {
        let Acked(client, stream, number) = line?;
        let last = places.get(&(client.clone(), stream.clone())).map_or(0, |place| place.last);
        if number > last {
            streams.hole(1, format!("{client} acked {number} of {stream}, of which it was given {last}"));
        }
    }
    Ok(streams)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (connection, number) as one client was given them, and what it acked.
    fn checked(delivered: &[(u64, u64)], acked: &[u64]) -> Streams {
        let folder = tempfile::tempdir().unwrap();
        let books = Books::begin(folder.path()).unwrap();
        for (connection, number) in delivered {
            let id = format!("message {number}");
            books.delivered.add(&Delivered("ada".into(), *connection, "inbox".into(), *number, id)).unwrap();
        }
        for number in acked {
            books.acked.add(&Acked("ada".into(), "inbox".into(), *number)).unwrap();
        }
        Streams { examples: Vec::new(), ..check(&books).unwrap() }
    }

    #[test]
    fn a_stream_that_rises_by_one_over_two_connections_is_well() {
        let seen = checked(&[(1, 4), (1, 5), (2, 6), (2, 7)], &[5, 7]);
        assert_eq!(seen, Streams { streams: 1, delivered: 4, resumed: 1, ..Streams::default() });
    }

    #[test]
    fn what_comes_again_after_a_resume_is_counted_and_no_fault() {
        let seen = checked(&[(1, 1), (1, 2), (2, 1), (2, 2), (2, 3)], &[3]);
        assert_eq!(seen, Streams { streams: 1, delivered: 5, resumed: 1, repeated: 2, ..Streams::default() });
    }

    #[test]
    fn numbers_that_are_left_out_are_holes() {
        assert_eq!(checked(&[(1, 1), (2, 4)], &[]).holes, 2);
        assert_eq!(checked(&[(1, 1), (1, 2), (2, 1), (2, 4)], &[]).holes, 1, "also when some came again");
    }

    #[test]
    fn an_ack_of_what_never_came_is_a_fault() {
        assert_eq!(checked(&[(1, 1)], &[1, 2]).holes, 1);
        assert_eq!(checked(&[], &[1]).holes, 1);
    }
}
