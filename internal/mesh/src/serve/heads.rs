//! Follows the requests of an HTTP/1 connection byte by byte, pipelined ones too, and finds those about whose end two
//! servers could differ. hyper reads such a request in one of the ways that are allowed (it drops a Content-Length beside
//! Transfer-Encoding, joins equal ones, takes a bare LF) and no longer tells; a proxy in front may read it in another, and
//! then the rest of one caller's request is the beginning of the next one's. What is found here is refused instead.

/// Longer lines are refused. hyper refuses a head long before.
const LINE: usize = 128 << 10;
/// The most hexadecimal digits of a chunk's size: 64 bits.
const DIGITS: usize = 16;

/// Why a connection is not read on; `at` is how many of the bytes were still without fault.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) why: &'static str,
}

#[derive(Default)]
pub(super) struct Heads {
    part: Part,
    /// The line that has begun and not ended yet.
    line: Vec<u8>,
    head: Head,
}

#[derive(Default, Clone, Copy)]
enum Part {
    #[default]
    Head,
    Body(u64),
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailers,
}

/// What the lines of a head have said so far about the length of its body.
#[derive(Default)]
struct Head {
    has_begun: bool,
    length: Option<u64>,
    is_chunked: bool,
}

impl Heads {
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match &mut self.part {
                Part::Body(left) | Part::Chunk(left) => {
                    let taken = rest.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= taken as u64;
                    at += taken;
                    self.part = self.part.at_its_end();
                }
                Part::Head | Part::ChunkSize | Part::ChunkEnd | Part::Trailers => {
                    let end = rest.iter().position(|byte| *byte == b'\n');
                    let taken = end.unwrap_or(rest.len());
                    self.line.extend_from_slice(&rest[..taken]);
                    at += taken;
                    let fault = |why| Fault { at, why };
                    if self.line.len() > LINE {
                        return Err(fault("a line without an end"));
                    }
                    if end.is_some() {
                        self.part = self.line_ends().map_err(fault)?;
                        self.line.clear();
                        at += 1;
                    }
                }
            }
        }
        Ok(())
    }

    /// What follows after the line that is complete now.
    fn line_ends(&mut self) -> Result<Part, &'static str> {
        let line = self.line.strip_suffix(b"\r").ok_or("a line that ends without CR")?;
        match self.part {
            Part::Head if line.is_empty() => std::mem::take(&mut self.head).body(),
            Part::Head => self.head.line(line).map(|()| Part::Head),
            Part::ChunkSize => match size(line).ok_or("a chunk without a readable size")? {
                0 => Ok(Part::Trailers),
                size => Ok(Part::Chunk(size)),
            },
            Part::ChunkEnd if line.is_empty() => Ok(Part::ChunkSize),
            Part::ChunkEnd => Err("a chunk that is longer than its size"),
            Part::Trailers if line.is_empty() => Ok(Part::Head),
            part @ (Part::Trailers | Part::Body(_) | Part::Chunk(_)) => Ok(part),
        }
    }
}

impl Part {
    fn at_its_end(self) -> Self {
        match self {
            Self::Body(0) => Self::Head,
            Self::Chunk(0) => Self::ChunkEnd,
            part => part,
        }
    }
}

impl Head {
    fn line(&mut self, line: &[u8]) -> Result<(), &'static str> {
        // What else is wrong with the first line, or with names and values, hyper says.
        if !std::mem::replace(&mut self.has_begun, true) {
            return Ok(());
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (name, value) = (&line[..colon], line.get(colon + 1..));
        if name.iter().any(u8::is_ascii_whitespace) {
            return Err("white space in or before the name of a header");
        }
        let value = value.ok_or("a header without a colon")?.trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            return self.length(value);
        }
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            let is_first = !std::mem::replace(&mut self.is_chunked, true);
            let is_known = is_first && value.eq_ignore_ascii_case(b"chunked");
            return is_known.then_some(()).ok_or("a Transfer-Encoding that is not just 'chunked'");
        }
        Ok(())
    }

    fn length(&mut self, value: &[u8]) -> Result<(), &'static str> {
        let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        let number = std::str::from_utf8(value).ok().filter(|_| is_number).and_then(|digits| digits.parse().ok());
        match self.length.replace(number.ok_or("a Content-Length that is no number")?) {
            None => Ok(()),
            Some(_) => Err("more than one Content-Length"),
        }
    }

    /// What comes after the empty line.
    fn body(self) -> Result<Part, &'static str> {
        match (self.is_chunked, self.length) {
            (true, Some(_)) => Err("both Transfer-Encoding and Content-Length"),
            (true, None) => Ok(Part::ChunkSize),
            (false, length) => Ok(Part::Body(length.unwrap_or(0)).at_its_end()),
        }
    }
}

/// The size of a chunk; extensions are passed over.
fn size(line: &[u8]) -> Option<u64> {
    let (size, extension) = match line.iter().position(|byte| *byte == b';') {
        Some(at) => (line[..at].trim_ascii_end(), &line[at..]),
        None => (line, &[][..]),
    };
    let is_readable = (1..=DIGITS).contains(&size.len()) && size.iter().all(u8::is_ascii_hexdigit);
    let size = std::str::from_utf8(size).ok().filter(|_| is_readable && !extension.contains(&b'\r'))?;
    u64::from_str_radix(size, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How it goes in one piece and byte by byte, which must be the same.
    fn followed(text: &str) -> Result<(), Fault> {
        let whole = Heads::default().follow(text.as_bytes());
        let mut heads = Heads::default();
        let bytes = text.as_bytes().iter().enumerate();
        let single =
            bytes.map(|(at, byte)| heads.follow(&[*byte]).map_err(|fault| Fault { at: at + fault.at, ..fault }));
        assert_eq!(single.collect::<Result<(), Fault>>(), whole, "{text:?}");
        whole
    }

    #[test]
    fn requests_without_doubt_are_followed_one_after_the_other() {
        let last = "GET / HTTP/1.1\r\ncontent-length: x\r\n\r\n";
        for first in [
            "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
            "\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n\n\r\n:x",
            "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
            "POST / HTTP/1.1\r\nTRANSFER-ENCODING:Chunked\r\n\r\n5\r\nabcde\r\n00\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked \r\n\r\nA;x=\"y\"\r\n0123456789\r\n1 ;z\r\n\n\r\n0\r\na: b\r\n\r\n",
        ] {
            let fault = followed(&format!("{first}{first}{last}")).unwrap_err();
            assert_eq!(fault.why, "a Content-Length that is no number", "{first:?}");
            assert_eq!(fault.at, 2 * first.len() + last.len() - 3, "{first:?}");
        }
    }

    #[test]
    fn doubtful_requests_are_found() {
        for (text, part) in [
            ("GET / HTTP/1.1\n", "without CR"),
            ("GET / HTTP/1.1\r\nhost: a\n", "without CR"),
            ("\n", "without CR"),
            ("GET / HTTP/1.1\r\nhost: a\r\n folded\r\n", "white space"),
            ("GET / HTTP/1.1\r\nhost : a\r\n", "white space"),
            ("GET / HTTP/1.1\r\nhost\r\n", "colon"),
            ("P / HTTP/1.1\r\ncontent-length: 5, 6\r\n", "no number"),
            ("P / HTTP/1.1\r\ncontent-length: +5\r\n", "no number"),
            ("P / HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n", "no number"),
            ("P / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 5\r\n", "more than one"),
            ("P / HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n", "both"),
            ("P / HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n", "both"),
            ("P / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n", "just 'chunked'"),
            ("P / HTTP/1.1\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", "just 'chunked'"),
            ("P / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0x5\r\n", "readable size"),
            ("P / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n10000000000000005\r\n", "readable size"),
            ("P / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n\r\n", "readable size"),
            ("P / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5 \r\n", "readable size"),
            ("P / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5;x\n", "without CR"),
            ("P / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n", "longer than its size"),
        ] {
            let fault = followed(text).unwrap_err();
            assert!(fault.why.contains(part), "{text:?}: {}", fault.why);
            assert_eq!(fault.at, text.len() - 1, "{text:?}");
        }
    }
}
