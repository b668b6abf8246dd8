//! W3C trace context (<https://www.w3.org/TR/trace-context/>): taken from the request, current while it is handled,
//! and sent on over HTTP, gRPC metadata and message headers, so that one id leads from the door to the last row.

use std::fmt;
use std::str::FromStr;

pub const HEADER: &str = "traceparent";

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// The position in a trace: which trace, which span in it, and its flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    span: u64,
    flags: u8,
}

impl TraceContext {
    /// The root of a new trace.
    pub fn new() -> Self {
        let trace = uuid::Uuid::new_v4().as_u128();
        Self { trace, span: fresh_span(), flags: 1 }
    }

    /// The same trace one step further in: what is sent to the next process.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { span: fresh_span(), ..*self }
    }

    /// Continues the caller's trace, or starts one where the header is missing or unreadable.
    pub fn continued(header: Option<&str>) -> Self {
        header.and_then(|text| text.parse::<Self>().ok()).map_or_else(Self::new, |parent| parent.child())
    }

    /// 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// The context of the request being handled by this task, if any.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|context| *context).ok()
    }

    /// The current context, or a new one where nothing is being handled.
    pub fn current_or_new() -> Self {
        Self::current().unwrap_or_default()
    }

    /// Runs `work` with this context as the current one.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// The same for work that does not wait.
    pub fn scope_sync<T>(self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, work)
    }
}

impl Default for TraceContext {
    fn default() -> Self {
        Self::new()
    }
}

fn fresh_span() -> u64 {
    // A version 4 UUID keeps its fixed bits in the middle; the low half is random but for two bits, and never zero.
    uuid::Uuid::new_v4().as_u64_pair().1
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, self.flags)
    }
}

/// The text is not a `traceparent`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent: expected 00-<32 hex digits>-<16 hex digits>-<2 hex digits>")]
pub struct Malformed;

impl FromStr for TraceContext {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut parts = text.trim().split('-');
        let version = hex(parts.next(), 2)?;
        let (trace, span, flags) = (hex(parts.next(), 32)?, hex(parts.next(), 16)?, hex(parts.next(), 2)?);
        // Version 00 has exactly four parts; later versions may add some, ff is forbidden.
        let extra = parts.next().is_some();
        if trace == 0 || span == 0 || version == 0xff || (version == 0 && extra) {
            return Err(Malformed);
        }
        Ok(Self { trace, span: span as u64, flags: flags as u8 })
    }
}

fn hex(part: Option<&str>, digits: usize) -> Result<u128, Malformed> {
    let part = part.filter(|it| it.len() == digits && it.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
    u128::from_str_radix(part.ok_or(Malformed)?, 16).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_continued_by_a_child_with_a_new_span() {
        let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let parent: TraceContext = header.parse().unwrap();
        assert_eq!(parent.to_string(), header);
        let child = TraceContext::continued(Some(header));
        assert_eq!(child.trace_id(), parent.trace_id());
        assert_ne!(child, parent);
    }

    #[test]
    fn what_the_standard_forbids_is_refused() {
        for text in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra",
        ] {
            assert_eq!(text.parse::<TraceContext>(), Err(Malformed), "{text}");
        }
    }
}
