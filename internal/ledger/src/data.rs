//! What is in the data in the end, read the way that users read it: page after page of the activity log, of the users and of the
//! audit. Everything of the run is counted by the task that it belongs to; what belongs to none was invented.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use crate::books::{Applied, Books};
use crate::client::Client;
use crate::plan::Plan;
use crate::task::{Effect, Work};

/// What one page may hold at most, of entries and of users.
const ENTRIES: u32 = 500;
const USERS: u32 = 200;
/// How often a page is asked for that does not come, and the pause between: not all of them anew for the sake of one.
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_millis(200);

/// How often each effect was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Data {
    /// By the number of its task.
    found: HashMap<(Effect, u64), u64>,
    /// What no task of the plan would have brought about.
    strange: Vec<(Effect, String)>,
    /// How many effects in all.
    pub(crate) total: u64,
}

impl Data {
    fn add(&mut self, effect: Effect, whose: Result<u64, String>) {
        self.total += 1;
        match whose {
            Ok(number) => *self.found.entry((effect, number)).or_default() += 1,
            Err(text) => self.strange.push((effect, text)),
        }
    }

    pub(crate) fn holds(&self, effect: Effect, number: u64) -> bool {
        self.found.contains_key(&(effect, number))
    }

    /// Into the books, which are all that is kept of it.
    pub(crate) fn note(self, plan: &Plan, books: &Books) -> anyhow::Result<()> {
        for ((effect, number), times) in self.found {
            books.applied.add(&Applied(effect, times, plan.task(number).id))?;
        }
        for (effect, text) in self.strange {
            books.applied.add(&Applied(effect, 1, text))?;
        }
        Ok(())
    }
}

/// Reads everything of the run. `since` is when it began, in RFC 3339, a little before rather than after.
pub(crate) async fn read(client: &Client, plan: &Plan, since: &str) -> anyhow::Result<Data> {
    let mut data = Data::default();
    entries(client, plan, &mut data).await?;
    if plan.work.contains(&Work::Account) {
        let users = users(client, plan, &mut data).await?;
        audit(client, since, &users, &mut data).await?;
    }
    Ok(data)
}

async fn entries(client: &Client, plan: &Plan, data: &mut Data) -> anyhow::Result<()> {
    let query = format!("/v1/logs?name={}&limit={ENTRIES}", plan.name());
    pages(client, &query, "entries", |entry| data.add(Effect::Entry, told(plan, text(entry, "data")))).await
}

/// The task that stored this text, or the text itself where none would.
fn told(plan: &Plan, text: &str) -> Result<u64, String> {
    let id = text.split(' ').next().unwrap_or_default();
    let task = plan.task_with(id).filter(|task| task.data == text);
    task.map(|task| task.number).ok_or_else(|| text.to_owned())
}

/// The tasks by the id of the user that they made.
async fn users(client: &Client, plan: &Plan, data: &mut Data) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut users = BTreeMap::new();
    let query = format!("/v1/users?search=@{}&limit={USERS}", plan.domain());
    pages(client, &query, "users", |user| {
        let email = text(user, "email");
        let id = email.split('@').next().unwrap_or_default();
        let task = plan.task_with(id).filter(|task| task.work == Work::Account && task.email(plan) == email);
        if let Some(task) = &task {
            users.insert(text(user, "id").to_owned(), task.number);
        }
        data.add(Effect::User, task.map(|task| task.number).ok_or_else(|| email.to_owned()));
    })
    .await?;
    Ok(users)
}

/// What the audit tells of those users; others register, too.
async fn audit(client: &Client, since: &str, users: &BTreeMap<String, u64>, data: &mut Data) -> anyhow::Result<()> {
    let query = format!("/v1/audit?name=audit.registered&since={since}&limit={ENTRIES}");
    pages(client, &query, "entries", |entry| {
        let told: Value = serde_json::from_str(text(entry, "data")).unwrap_or_default();
        if let Some(task) = users.get(text(&told, "user")) {
            data.add(Effect::Audit, Ok(*task));
        }
    })
    .await
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Every item of a list that comes in pages.
async fn pages(client: &Client, query: &str, list: &str, mut item: impl FnMut(&Value)) -> anyhow::Result<()> {
    let mut cursor = String::new();
    loop {
        let page = page(client, &format!("{query}{cursor}")).await?;
        let items = page[list].as_array().with_context(|| format!("there are no {list} in the answer to {query}"))?;
        items.iter().for_each(&mut item);
        match page["next_cursor"].as_str() {
            Some(next) if !next.is_empty() => cursor = format!("&cursor={next}"),
            _ => return Ok(()),
        }
    }
}

async fn page(client: &Client, path: &str) -> anyhow::Result<Value> {
    let mut page = client.page(path).await;
    for _ in 1..TRIES {
        if page.is_ok() {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        page = client.page(path).await;
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::plan;

    #[test]
    fn an_entry_belongs_to_a_task_only_with_every_byte_of_its_text() {
        let task = plan(5).task(9);
        assert_eq!(told(&plan(5), &task.data), Ok(9));
        for other in [format!("{}!", task.data), task.id.clone(), "hello".to_owned(), String::new()] {
            assert_eq!(told(&plan(5), &other), Err(other.clone()));
        }
    }
}
