use proto::logger::v1::{Gap, tail_response::Event};

use super::*;
use crate::entry::{Level, NewEntry};
use crate::query::{Filter, Page, Query};
use crate::store::{Arrival, Found, Left};

/// Holds what was stored when.
#[derive(Default)]
struct Fixed(Vec<(i64, Entry)>);

impl Store for Fixed {
    const SHARED: bool = false;

    async fn insert(&self, _entries: &[&NewEntry]) -> Result<Vec<(usize, Left)>, Error> {
        unreachable!("nothing is written")
    }

    async fn query(&self, _query: &Query) -> Result<Page, Error> {
        unreachable!("no page is asked for")
    }

    async fn stored_since(&self, _kind: Kind, since: i64, most: u32) -> Result<Vec<Arrival>, Error> {
        let since = self.0.iter().rev().filter(|(stored_at, _)| *stored_at >= since);
        let arrivals = since.map(|(stored_at, entry)| Arrival { id: entry.id.clone(), stored_at: *stored_at });
        Ok(arrivals.take(most as usize).collect())
    }

    async fn find(&self, ids: &[&str]) -> Result<Vec<Found>, Error> {
        let of = self.0.iter().filter(|(_, entry)| ids.contains(&entry.id.as_str()));
        Ok(of.map(|(_, entry)| Found { entry: entry.clone(), hash: None }).collect())
    }

    async fn forget(&self, _audit: bool, _before: i64, _most: u32) -> Result<u64, Error> {
        unreachable!("nothing is old")
    }

    async fn close(&self) {}
}

fn entry(number: usize, name: &str) -> Entry {
    let (id, data) = (number.to_string(), String::new());
    Entry { id, name: name.into(), level: Level::Info, data, created_at: 0, audit: name == "audit", via: None }
}

async fn tail_of(tails: &Tails, store: Fixed, filter: Filter, begin: Begin) -> Tail<Fixed> {
    let ends = Ends { shutdown: CancellationToken::new(), deadline: None };
    tails.open(&Arc::new(store), Follow { filter, begin }, ends).await.unwrap()
}

async fn tail(tails: &Tails, filter: Filter) -> Tail<Fixed> {
    tail_of(tails, Fixed::default(), filter, Begin::Now).await
}

async fn event(tail: &mut Tail<Fixed>) -> Event {
    tail.next().await.unwrap().unwrap()
}

fn of(number: usize, name: &str) -> Event {
    Event::Entry(entry(number, name).into())
}

#[tokio::test]
async fn a_slow_reader_is_told_what_it_missed_and_goes_on() {
    let tails = Tails::new(false);
    let (mut all, mut some) = (
        tail(&tails, Filter::default()).await,
        tail(&tails, Filter { name: Some("odd".into()), ..Filter::default() }).await,
    );
    for number in 0..BEHIND + 100 {
        tails.committed(&entry(number, if number % 2 == 0 { "even" } else { "odd" }), now());
    }
    assert_eq!(event(&mut all).await, Event::Gap(Gap { missed: 100 }));
    assert_eq!(event(&mut all).await, of(100, "even"));
    assert_eq!(event(&mut some).await, Event::Gap(Gap { missed: 0 }));
    assert_eq!(event(&mut some).await, of(101, "odd"));
}

#[tokio::test]
async fn a_burst_of_activity_is_no_gap_in_the_audit() {
    let tails = Tails::new(false);
    let mut audit = tail(&tails, Filter { audit: true, ..Filter::default() }).await;
    tails.committed(&entry(0, "audit"), now());
    for number in 1..BEHIND + 100 {
        tails.committed(&entry(number, "n"), now());
    }
    tails.committed(&entry(9999, "audit"), now());
    assert_eq!(event(&mut audit).await, of(0, "audit"));
    assert_eq!(event(&mut audit).await, of(9999, "audit"));
}

#[tokio::test]
async fn an_entry_that_is_both_committed_here_and_found_is_sent_once() {
    let tails = Tails::new(true);
    let mut tail = tail(&tails, Filter::default()).await;
    tails.committed(&entry(1, "n"), now());
    tails.send(&entry(1, "n"), now(), Position(0));
    tails.committed(&entry(2, "n"), now());
    assert_eq!(event(&mut tail).await, of(1, "n"));
    assert_eq!(event(&mut tail).await, of(2, "n"));
}

fn stored(count: usize) -> Fixed {
    Fixed((0..count).map(|number| (number as i64 * 10, entry(number, "n"))).collect())
}

#[tokio::test]
async fn a_tail_goes_on_after_a_position_and_each_position_leads_on() {
    let tails = Tails::new(false);
    let begin = Begin::After(Position(4_980));
    let mut tail = tail_of(&tails, stored(500), Filter::default(), begin).await;
    // Committed and already there, which is one entry; and news that came meanwhile.
    tails.committed(&entry(499, "n"), now());
    tails.committed(&entry(500, "n"), now());
    for number in 498..=500 {
        assert_eq!(event(&mut tail).await, of(number, "n"));
        let at = if number == 500 { tail.at.0 >= 4_990 } else { tail.at == Position(number as i64 * 10) };
        assert!(at, "{:?} after {number}", tail.at);
    }
}

#[tokio::test]
async fn more_than_can_be_replayed_is_a_gap_and_then_the_newest() {
    let tails = Tails::new(false);
    let count = MOST as usize + 5;
    let mut tail = tail_of(&tails, stored(count), Filter::default(), Begin::After(Position(0))).await;
    assert_eq!(event(&mut tail).await, Event::Gap(Gap { missed: 0 }));
    for number in 5..count {
        assert_eq!(event(&mut tail).await, of(number, "n"));
    }
    assert_eq!(tail.next().await.unwrap(), None, "all of it was sent");
}

#[tokio::test(start_paused = true)]
async fn a_position_moves_with_what_a_filter_keeps_back() {
    let tails = Tails::new(false);
    let filter = Filter { name: Some("rare".into()), ..Filter::default() };
    let mut tail = tail_of(&tails, Fixed::default(), filter, Begin::Marked).await;
    assert_eq!(tail.next().await.unwrap(), None, "where it begins");
    tails.committed(&entry(1, "n"), 77);
    assert_eq!(tail.next().await.unwrap(), None);
    assert_eq!(tail.at, Position(77));
}
