//! Ports for what is started here. An engine that was killed wants its own port back, so they are taken from below the
//! range that systems give to outgoing connections, where nobody else would sit meanwhile.

use std::net::TcpListener;

use anyhow::Context;

const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;
const TRIES: usize = 200;

/// A port of 127.0.0.1 at which nobody listens now.
pub fn free_port() -> anyhow::Result<u16> {
    let drawn = || FIRST + (uuid::Uuid::new_v4().as_u64_pair().1 % u64::from(COUNT)) as u16;
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let found = std::iter::repeat_with(drawn).take(TRIES).find(is_free);
    found.with_context(|| format!("no free port between {FIRST} and {}", FIRST + COUNT - 1))
}
