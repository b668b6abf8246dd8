//! What every journey stands on: the binary as a process, a whole mesh of them, and a client.

mod callers;
mod client;
mod effects;
mod engines;
mod mesh;
mod nginx;
mod person;
mod process;
mod proxy;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

pub(crate) use callers::Callers;
pub(crate) use client::{Answer, Client, Lines};
pub(crate) use effects::Effects;
pub(crate) use engines::Engines;
pub(crate) use mesh::{Mesh, Way, alone};
pub(crate) use nginx::Nginx;
pub(crate) use person::{Person, SignedIn};
pub(crate) use process::{Done, Process, Variables, run, run_with};
pub(crate) use proxy::Proxy;

/// Long enough for a busy machine; only a failing test waits this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

/// Waits until `look` finds something; `what` is the sentence for the case that it never does.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, looking).await;
    found.unwrap_or_else(|_| panic!("waited in vain until {what}"))
}

/// The ids of all entries of this name, once those that were accepted are among them; no text may be there twice.
pub(crate) async fn stored(mesh: &Mesh, name: &str, accepted: &BTreeSet<String>) -> BTreeSet<String> {
    eventually(&format!("{} entries named {name} are stored", accepted.len()), async || {
        let entries = entries(mesh, name).await?;
        let ids: BTreeSet<_> = entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect();
        let texts: BTreeSet<_> = entries.iter().map(|entry| entry["data"].as_str().unwrap()).collect();
        assert_eq!((ids.len(), texts.len()), (entries.len(), entries.len()), "an entry is stored twice");
        ids.is_superset(accepted).then_some(ids)
    })
    .await
}

/// Page after page; nothing while the logger does not answer.
async fn entries(mesh: &Mesh, name: &str) -> Option<Vec<Value>> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let answer = mesh.get(&format!("/v1/logs?name={name}&limit=500{cursor}")).await;
        let page = (answer.status == 200).then(|| answer.json())?;
        all.extend(page["entries"].as_array()?.clone());
        match page["next_cursor"].as_str() {
            Some(next) if !next.is_empty() => cursor = format!("&cursor={next}"),
            _ => return Some(all),
        }
    }
}
