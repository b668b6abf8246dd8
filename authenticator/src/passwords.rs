//! bcrypt off the async threads, on no more threads than there are cores and with a bounded number of callers waiting:
//! a storm of sign-ins is shed with a 503 instead of being queued without end.

use std::sync::Arc;
use std::time::Duration;

use mesh::Error;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

/// How long a caller waits for a core before it is better off trying again.
const PATIENCE: Duration = Duration::from_secs(5);

/// As many hashes as can run at once: half of the cores, at least one, as the others serve everybody else.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}

/// Clones share the same cores and the same queue.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    cost: u32,
    cores: Arc<Semaphore>,
    seats: Arc<Semaphore>,
    all_seats: usize,
}

/// A seat in the queue for a core.
#[derive(Debug)]
pub(crate) struct Turn {
    cost: u32,
    cores: Arc<Semaphore>,
    seat: OwnedSemaphorePermit,
}

impl Passwords {
    /// `waiting` callers may wait beside those whose hashes are being made.
    pub(crate) fn new(cost: u32, waiting: usize) -> Self {
        let cores = cores();
        let all_seats = cores + waiting;
        Self { cost, cores: Arc::new(Semaphore::new(cores)), seats: Arc::new(Semaphore::new(all_seats)), all_seats }
    }

    /// How many callers can hash or wait at once.
    pub(crate) fn seats(&self) -> usize {
        self.all_seats
    }

    pub(crate) fn cost(&self) -> u32 {
        self.cost
    }

    /// A seat in the queue, taken before anything else is done for the caller, or a 503 at once where all are taken.
    pub(crate) fn turn(&self) -> Result<Turn, Error> {
        let seat = Arc::clone(&self.seats).try_acquire_owned().map_err(|_| too_many())?;
        Ok(Turn { cost: self.cost, cores: Arc::clone(&self.cores), seat })
    }

    /// The hash to keep of a password.
    pub(crate) async fn hash(&self, password: SecretString) -> Result<SecretString, Error> {
        let cost = self.cost;
        let hashed = self.turn()?.on_a_core(move || bcrypt::hash(password.expose_secret(), cost)).await?;
        hashed.map(SecretString::from).map_err(Error::internal)
    }
}

/// What came of a comparison.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) is_right: bool,
    /// A new hash of the right password, where the one that is kept was made at a lower cost than is asked for now.
    pub(crate) renewed: Option<SecretString>,
}

impl Turn {
    /// Whether `password` belongs to `hash`. Without a hash there is nothing to match, which takes just as long.
    pub(crate) async fn verify(self, password: SecretString, hash: Option<SecretString>) -> Result<bool, Error> {
        Ok(self.check(password, hash, true).await?.is_right)
    }

    /// As `verify`, and hashes the right password again where its hash has become too cheap. Nothing is right for who
    /// `may` not sign in.
    pub(crate) async fn check(
        self,
        password: SecretString,
        hash: Option<SecretString>,
        may: bool,
    ) -> Result<Checked, Error> {
        let cost = self.cost;
        self.on_a_core(move || check(&password, hash.as_ref(), may, cost)).await
    }

    async fn on_a_core<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let Self { cores, seat, .. } = self;
        let Ok(Ok(core)) = tokio::time::timeout(PATIENCE, cores.acquire_owned()).await else { return Err(too_many()) };
        // The work keeps its core and its seat also when the caller is gone.
        let working = spawn_blocking(move || {
            let _held = (core, seat);
            work()
        });
        working.await.map_err(Error::internal)
    }
}

fn check(password: &SecretString, hash: Option<&SecretString>, may: bool, cost: u32) -> Checked {
    let compare = |hash: &SecretString| bcrypt::verify(password.expose_secret(), hash.expose_secret());
    let matched = hash.map(compare);
    if let Some(Err(error)) = &matched {
        tracing::error!("a stored password hash cannot be read, its user cannot sign in: {error}");
    }
    // What it has cost to compare, if anything was.
    let spent = matched.as_ref().and_then(|it| it.as_ref().ok()).and(hash).map(cost_of);
    let is_cheap = spent.is_some_and(|spent| spent < cost);
    if may && matches!(matched, Some(Ok(true))) {
        // The old hash serves on where there is no new one.
        let renewed = is_cheap.then(|| bcrypt::hash(password.expose_secret(), cost).ok()).flatten();
        return Checked { is_right: true, renewed: renewed.map(SecretString::from) };
    }
    for decoy in fill(spent, cost) {
        let _ = compare(&decoy);
    }
    Checked { is_right: false, renewed: None }
}

/// Hashes of nobody that bring what was spent to the price of one hash of `cost`, so that the time tells neither who has
/// an account nor whose hash is an old one: 2^c + (2^c + 2^(c+1) + … + 2^(C-1)) = 2^C. (A hash from when the configured
/// cost was higher still takes its own time.)
fn fill(spent: Option<u32>, cost: u32) -> Vec<SecretString> {
    match spent {
        None => vec![decoy(cost)],
        Some(spent) => (spent..cost).map(decoy).collect(),
    }
}

/// A hash of no password, as dear to compare with as any other of this cost.
fn decoy(cost: u32) -> SecretString {
    let (salt, digest) = ("DecoyDecoyDecoyDecoyDe", "DecoyDecoyDecoyDecoyDecoyDecoye");
    SecretString::from(format!("$2b${cost:02}${salt}{digest}"))
}

fn cost_of(hash: &SecretString) -> u32 {
    hash.expose_secret().parse::<bcrypt::HashParts>().map_or(u32::MAX, |parts| parts.get_cost())
}

fn too_many() -> Error {
    metrics::counter!("sign_ins_total", "result" => "shed").increment(1);
    Error::unavailable("too many are signing in at once")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decoy_is_a_hash_of_its_cost_that_nothing_matches() {
        for cost in [4, 12] {
            let parts: bcrypt::HashParts = decoy(cost).expose_secret().parse().unwrap();
            assert_eq!(parts.get_cost(), cost);
        }
        for password in ["", "decoy", "password123"] {
            assert!(!bcrypt::verify(password, decoy(4).expose_secret()).unwrap());
        }
    }

    #[test]
    fn a_refusal_costs_the_same_whatever_the_hash_has_cost() {
        let price = |hashes: &[SecretString]| hashes.iter().map(|hash| 1_u64 << cost_of(hash)).sum::<u64>();
        assert_eq!(price(&fill(None, 12)), 1 << 12);
        for spent in 4..=12 {
            assert_eq!((1 << spent) + price(&fill(Some(spent), 12)), 1 << 12, "{spent}");
        }
        assert!(fill(Some(13), 12).is_empty());
    }

    #[test]
    fn nothing_is_right_for_who_may_not() {
        let hash = SecretString::from(bcrypt::hash("right", 4).unwrap());
        assert!(check(&"right".into(), Some(&hash), true, 5).renewed.is_some());
        let refused = check(&"right".into(), Some(&hash), false, 5);
        assert!(!refused.is_right && refused.renewed.is_none());
    }

    #[tokio::test]
    async fn what_was_hashed_matches_and_nothing_else_does() {
        let passwords = Passwords::new(4, 1);
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        let check = async |password: &str, hash| passwords.turn().unwrap().verify(password.into(), hash).await.unwrap();
        assert!(check("correct horse", Some(hash.clone())).await);
        assert!(!check("Correct horse", Some(hash)).await);
        assert!(!check("correct horse", None).await);
        assert!(!check("correct horse", Some("not a hash".into())).await);
    }

    #[tokio::test]
    async fn a_full_queue_sheds_at_once_and_a_caller_who_leaves_gives_its_seat_back() {
        let passwords = Passwords::new(4, 2);
        let seats: Vec<Turn> = std::iter::from_fn(|| passwords.turn().ok()).collect();
        assert_eq!(seats.len(), cores() + 2);
        let error = passwords.turn().unwrap_err();
        assert!(error.is_unavailable() && error.retry_after.is_some());
        drop(seats);
        assert!(passwords.turn().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_who_gets_no_core_in_time_is_sent_away() {
        let passwords = Passwords::new(4, 2);
        let _busy = passwords.cores.acquire_many(u32::try_from(cores()).unwrap()).await.unwrap();
        let error = passwords.turn().unwrap().verify("x".into(), None).await.unwrap_err();
        assert!(error.is_unavailable());
    }
}
