//! How slow the service pretends to be: always the same (`2s`), as tests want it, or anything within a range
//! (`0s..10s`), as the world is.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use humantime::{format_duration, parse_duration};
use mesh::Env;
use mesh::config::ConfigError;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const LONGEST: Duration = Duration::from_secs(10);

/// Both ends are included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Delay {
    shortest: Duration,
    longest: Duration,
}

impl Delay {
    pub(crate) fn from_env(env: &Env) -> Result<Self, ConfigError> {
        env.parsed("MATH_DELAY", Self::default(), "a duration of at most 10s such as 2s, or a range such as 0s..10s")
    }

    /// Who waits when the service stops is answered at once.
    pub(crate) async fn wait(self, shutdown: &CancellationToken) {
        shutdown.run_until_cancelled(tokio::time::sleep(self.pick())).await;
    }

    fn pick(self) -> Duration {
        let spread = (self.longest - self.shortest).as_micros() + 1;
        self.shortest + Duration::from_micros((Uuid::new_v4().as_u128() % spread) as u64)
    }
}

impl FromStr for Delay {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (shortest, longest) = text.split_once("..").unwrap_or((text, text));
        let parse = |part: &str| parse_duration(part.trim()).map_err(|_| Malformed);
        let (shortest, longest) = (parse(shortest)?, parse(longest)?);
        if shortest > longest || longest > LONGEST { Err(Malformed) } else { Ok(Self { shortest, longest }) }
    }
}

/// `Env::parsed` says what was expected instead.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", format_duration(self.shortest))?;
        if self.longest > self.shortest { write!(f, "..{}", format_duration(self.longest)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_a_duration_or_a_range_within_ten_seconds() {
        for text in ["0s", "250ms", "2s", "0s..10s", "1s .. 2s"] {
            let delay: Delay = text.parse().unwrap();
            assert_eq!(delay.to_string(), text.replace(' ', ""));
            for _ in 0..100 {
                assert!((delay.shortest..=delay.longest).contains(&delay.pick()), "{text}");
            }
        }
        for text in ["", "2", "-1s", "11s", "0s..11s", "2s..1s", "1s..", "..1s", "1s..2s..3s"] {
            assert_eq!(text.parse::<Delay>(), Err(Malformed), "{text}");
        }
    }

    #[test]
    fn a_wrong_delay_is_said_with_the_variable() {
        let env = Env::new([("MATH_DELAY".to_owned(), "1h".to_owned())]);
        let error = Delay::from_env(&env).unwrap_err().to_string();
        assert_eq!(
            error,
            "MATH_DELAY: expected a duration of at most 10s such as 2s, or a range such as 0s..10s, found '1h'"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_takes_its_time_and_is_cut_short_by_the_shutdown() {
        let (delay, shutdown): (Delay, _) = ("2s".parse().unwrap(), CancellationToken::new());
        let started = tokio::time::Instant::now();
        delay.wait(&shutdown).await;
        assert!((Duration::from_secs(2)..Duration::from_millis(2010)).contains(&started.elapsed()));
        shutdown.cancel();
        tokio::time::timeout(Duration::from_millis(1), delay.wait(&shutdown)).await.unwrap();
    }
}
