//! A login storm: 64 connections that try wrong passwords, each time for another account and from another address, so
//! that nothing but the work of hashing holds them back. It blows until it is told to stop.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::AddAssign;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::bail;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::load::{self, CONNECTIONS, Sender};
use crate::sign_in;

/// What a stranger does who was told to come back later.
#[derive(Clone, Copy)]
pub(crate) enum Manners {
    /// Waits for as long as Retry-After says.
    Patient,
    /// Tries again at once.
    Rude,
}

/// What became of the attempts.
#[derive(Default)]
pub(crate) struct Attempts {
    /// Hashed and refused: 401.
    pub(crate) answered: u64,
    /// Told to come back later, before anything was hashed: 429 or 503.
    pub(crate) shed: u64,
    /// Out of time: 504.
    pub(crate) late: u64,
    /// The time of the storm.
    pub(crate) elapsed: Duration,
}

impl Attempts {
    fn count(&mut self, status: StatusCode) -> anyhow::Result<()> {
        match status {
            StatusCode::UNAUTHORIZED => self.answered += 1,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => self.shed += 1,
            StatusCode::GATEWAY_TIMEOUT => self.late += 1,
            other => bail!("a wrong password was answered {other}"),
        }
        Ok(())
    }
}

impl AddAssign for Attempts {
    fn add_assign(&mut self, other: Self) {
        self.answered += other.answered;
        self.shed += other.shed;
        self.late += other.late;
        self.elapsed += other.elapsed;
    }
}

pub(crate) struct Storm {
    strangers: JoinSet<anyhow::Result<Attempts>>,
    stop: watch::Sender<()>,
    began: Instant,
}

impl Storm {
    /// The broker has to trust this host's word for whom it speaks for.
    pub(crate) fn begin(broker: SocketAddr, manners: Manners, number: &Arc<AtomicU32>) -> Self {
        let (stop, stopped) = watch::channel(());
        let mut strangers = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (stopped, number) = (stopped.clone(), Arc::clone(number));
            strangers.spawn(async move {
                load::over_connection(broker, async |sender| stranger(sender, manners, &number, stopped).await).await
            });
        }
        Self { strangers, stop, began: Instant::now() }
    }

    /// What is under way is left unanswered and uncounted.
    pub(crate) async fn end(mut self) -> anyhow::Result<Attempts> {
        drop(self.stop);
        let elapsed = self.began.elapsed();
        let mut all = Attempts::default();
        while let Some(done) = self.strangers.join_next().await {
            all += done??;
        }
        Ok(Attempts { elapsed, ..all })
    }
}

async fn stranger(
    sender: &mut Sender,
    manners: Manners,
    number: &AtomicU32,
    mut stopped: watch::Receiver<()>,
) -> anyhow::Result<Attempts> {
    let mut attempts = Attempts::default();
    loop {
        tokio::select! {
            _ = stopped.changed() => return Ok(attempts),
            tried = attempt(sender, manners, number, &mut attempts) => tried?,
        }
    }
}

async fn attempt(
    sender: &mut Sender,
    manners: Manners,
    number: &AtomicU32,
    attempts: &mut Attempts,
) -> anyhow::Result<()> {
    let number = number.fetch_add(1, Ordering::Relaxed);
    let mut request = sign_in::attempt(&format!("stranger-{number}@example.com"), "not the password")?;
    let address = Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 0).to_bits() | (number & 0x00ff_ffff));
    request.headers_mut().insert("x-forwarded-for", HeaderValue::try_from(address.to_string())?);
    let answer = load::ask(sender, request).await?;
    attempts.count(answer.status())?;
    if matches!(manners, Manners::Patient) {
        tokio::time::sleep(retry_after(answer.headers())).await;
    }
    Ok(())
}

fn retry_after(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0))
}
