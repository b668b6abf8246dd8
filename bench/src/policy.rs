//! What the policy costs: the CPU that the broker needs for a request on a row with every policy in force, against a bare
//! row over the same line to the same service, and against that service asked without a broker. The all-in-one is
//! measured, in which nobody else has anything to do; the service is axum hello, a process of its own.

use std::net::SocketAddr;

use anyhow::Context;
use http::StatusCode;

use crate::baseline;
use crate::figures::{self, Pace, Round, Subject, aim};
use crate::load::Target;
use crate::mesh::Mesh;
use crate::sign_in;

/// Microseconds of CPU that the policy may add to a request.
const MOST: f64 = 15.0;

/// The rows differ in their policy alone. No limit is ever reached.
fn table(service: SocketAddr) -> String {
    format!(
        r#"
version = 1

[services]
authenticator = {{ url = "${{AUTHENTICATOR_URL}}", token = true }}
bare          = "http://{service}"
guarded       = {{ url = "http://{service}", concurrency = 10000 }}

[issuers.switchboard]
service = "authenticator"

[[route]]
on    = "POST /v1/sessions"
call  = "http authenticator POST /v1/sessions"
auth  = "public"

[[route]]
on    = "POST /bare"
call  = "http bare POST /hello"
auth  = "public"
retry = "never"

[[route]]
on    = "POST /local"
call  = "http guarded POST /hello"
auth  = "local"
limit = "1000000/s per caller"
retry = "safe"

[[route]]
on    = "POST /user"
call  = "http guarded POST /hello"
auth  = "user"
limit = "1000000/s per caller"
retry = "safe"
"#
    )
}

pub(crate) async fn run(pace: Pace) -> anyhow::Result<()> {
    let hello = baseline::start().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("routes.toml");
    std::fs::write(&file, table(hello.target.address()))?;
    let file = file.to_str().context("the temporary folder has no readable name")?;
    let mesh = Mesh::all_in_one(&[("SWITCHBOARD_ROUTES", file)]).await?;
    let broker = mesh.address("broker")?;
    let token = sign_in::token(broker).await?;
    let row = |path| Target::new(broker, path, StatusCode::CREATED);
    let mut all = [
        (Subject::new("axum hello"), hello.target.clone(), &hello.process),
        (Subject::new("a bare row: public, no limit, no retry"), row("/bare"), &mesh.process),
        (Subject::new("every policy, auth local"), row("/local"), &mesh.process),
        (Subject::new("every policy, auth user, with a token"), row("/user").with_token(&token)?, &mesh.process),
    ];
    for round in 0..pace.rounds {
        println!("policy: round {} of {}", round + 1, pace.rounds);
        for (subject, target, process) in &mut all {
            subject.rounds.push(Round::at(pace, target, process).await?);
        }
    }
    let subjects = all.map(|(subject, ..)| subject);
    figures::print("policy, http line, 64 connections", &subjects);
    judge(&subjects);
    Ok(())
}

fn judge(subjects: &[Subject; 4]) {
    let [Some(hello), Some(bare), Some(local), Some(user)] = subjects.each_ref().map(Subject::cpu_micros) else {
        return;
    };
    println!("CPU of a bare row: {:.2} x axum hello", bare / hello);
    for (who, cpu) in [("auth local", local), ("auth user, with a token", user)] {
        let added = cpu - bare;
        let value = format!("{added:.1} us ({:.2} x a bare row, {:.2} x axum hello)", cpu / bare, cpu / hello);
        aim(&format!("CPU that every policy adds, {who}"), "at most 15 us", &value, added <= MOST);
    }
}
