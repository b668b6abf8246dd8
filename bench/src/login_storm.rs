//! Other routes while strangers try passwords: `POST /v1/logs`, which is answered when the entry is on the disk, alone
//! and beside a login storm on the same all-in-one. Passwords are hashed at bcrypt's cost 12, on the same cores.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use http::StatusCode;

use crate::figures::{self, ROUNDS, Round, Subject, aim};
use crate::load::Target;
use crate::mesh::Mesh;
use crate::sign_in;
use crate::storm::{Attempts, Manners, Storm};

/// So that every attempt can come from an address of its own, as those of a botnet do.
const VARIABLES: [(&str, &str); 2] = [("AUTHENTICATOR_BCRYPT_COST", "12"), ("BROKER_TRUSTED_PROXIES", "127.0.0.1")];

struct Weather {
    subject: Subject,
    manners: Manners,
    attempts: Attempts,
}

impl Weather {
    fn new(name: &'static str, manners: Manners) -> Self {
        Self { subject: Subject::new(name), manners, attempts: Attempts::default() }
    }
}

pub(crate) async fn run() -> anyhow::Result<()> {
    let mesh = Mesh::all_in_one(&VARIABLES).await?;
    let broker = mesh.address("broker")?;
    let token = sign_in::token(broker).await?;
    let target = Target::new(broker, "/v1/logs", StatusCode::CREATED).with_token(&token)?;
    let mut calm = Subject::new("POST /v1/logs, nobody signs in");
    let mut storms = [
        Weather::new("POST /v1/logs, storm that heeds Retry-After", Manners::Patient),
        Weather::new("POST /v1/logs, storm that does not", Manners::Rude),
    ];
    let number = Arc::default();
    for round in 0..ROUNDS {
        println!("login storm: round {} of {ROUNDS}", round + 1);
        calm.rounds.push(Round::beside_others(&target).await?);
        for weather in &mut storms {
            weather.round(&target, &number).await?;
        }
    }
    let attempts = storms.each_ref().map(|weather| told(&weather.attempts));
    let [patient, rude] = storms.map(|weather| weather.subject);
    let subjects = [calm, patient, rude];
    figures::print("login storm, 64 connections beside 64", &subjects);
    judge(&subjects, &attempts);
    Ok(())
}

impl Weather {
    async fn round(&mut self, target: &Target, number: &Arc<AtomicU32>) -> anyhow::Result<()> {
        let storm = Storm::begin(target.address(), self.manners, number);
        self.subject.rounds.push(Round::beside_others(target).await?);
        self.attempts += storm.end().await?;
        Ok(())
    }
}

fn told(attempts: &Attempts) -> String {
    let Attempts { answered, shed, late, elapsed } = attempts;
    let each = |number: &u64| format!("{number} ({:.0}/s)", *number as f64 / elapsed.as_secs_f64());
    format!("answered 401 {}, shed {}, too late {}", each(answered), each(shed), each(late))
}

fn judge([calm, storms @ ..]: &[Subject; 3], attempts: &[String; 2]) {
    for ((storm, attempts), what) in storms.iter().zip(attempts).zip(["heeding Retry-After", "not heeding it"]) {
        println!("logins {what}: {attempts}");
        let (speed, p99) = (storm.per_second() / calm.per_second(), storm.p99() / calm.p99());
        let ratios = format!("{p99:.2} x p99, {speed:.2} x writes a second");
        aim(&format!("POST /v1/logs beside logins {what}"), "p99 at most 2 x", &ratios, p99 <= 2.0);
    }
}
