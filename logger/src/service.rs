//! The gRPC surface, logger.v1.Logger: requests are parsed, handed to the writer, the store or the tails, and what comes
//! back is put into messages.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use mesh::{Code, Error};
use proto::logger::v1;
use proto::logger::v1::logger_server::Logger;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::batch::{Queue, counted};
use crate::deadline;
use crate::entry::{Entry, Invalid, NewEntry};
use crate::query::{Follow, Query};
use crate::store::Store;
use crate::tail::{Ends, Tails};

const MOST_ENTRIES: usize = 1_000;
/// For callers without a deadline of their own.
const PATIENCE: Duration = Duration::from_secs(15);

pub(crate) struct Service<S> {
    pub(crate) queue: Queue,
    pub(crate) store: Arc<S>,
    pub(crate) tails: Arc<Tails>,
    pub(crate) shutdown: CancellationToken,
}

#[tonic::async_trait]
impl<S: Store> Logger for Service<S> {
    type TailStream = Pin<Box<dyn Stream<Item = Result<v1::TailResponse, Status>> + Send>>;

    async fn write(&self, request: Request<v1::WriteRequest>) -> Result<Response<v1::Entry>, Status> {
        let deadline = deadline_of(&request);
        let entry = NewEntry::try_from(identified(request)).map_err(refused)?;
        let mut results = self.queue.write(vec![entry], deadline).await?;
        let stored = results.pop().ok_or_else(|| Error::internal("a write without a result"))??;
        Ok(Response::new(stored.into()))
    }

    async fn write_batch(
        &self,
        request: Request<v1::WriteBatchRequest>,
    ) -> Result<Response<v1::WriteBatchResponse>, Status> {
        let deadline = deadline_of(&request);
        let requests = request.into_inner().entries;
        if requests.len() > MOST_ENTRIES {
            let detail =
                format!("must be at most {MOST_ENTRIES}, not {}; send the rest in another batch", requests.len());
            return Err(Error::field("entries", detail).into());
        }
        let (entries, mut results) = parsed(requests);
        let mut stored = self.queue.write(entries, deadline).await?.into_iter();
        for result in results.iter_mut().filter(|it| it.code == 0) {
            let outcome = stored.next().ok_or_else(|| Error::internal("an entry without a result"))?;
            settle(result, outcome);
        }
        Ok(Response::new(v1::WriteBatchResponse { results }))
    }

    async fn query(&self, request: Request<v1::QueryRequest>) -> Result<Response<v1::QueryResponse>, Status> {
        let deadline = deadline_of(&request);
        let query = Query::try_from(request.into_inner()).map_err(Error::from)?;
        let page = timeout_at(deadline, self.store.query(&query)).await;
        let page = page.map_err(|_| Error::deadline("the deadline passed before the page was read"))??;
        Ok(Response::new(page.into()))
    }

    async fn tail(&self, request: Request<v1::TailRequest>) -> Result<Response<Self::TailStream>, Status> {
        let deadline = deadline::given(&request);
        let follow = Follow::try_from(request.into_inner()).map_err(Error::from)?;
        let ends = Ends { shutdown: self.shutdown.clone(), deadline };
        let tail = self.tails.open(&self.store, follow, ends).await?;
        Ok(Response::new(Box::pin(tail.into_stream())))
    }
}

/// An entry without an id is stored under the key of its call, so that a call that is made again is the same entry.
fn identified(request: Request<v1::WriteRequest>) -> v1::WriteRequest {
    let key = request.metadata().get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let entry = request.into_inner();
    match key {
        Some(id) if entry.id.is_empty() => v1::WriteRequest { id, ..entry },
        _ => entry,
    }
}

fn deadline_of<T>(request: &Request<T>) -> Instant {
    deadline::given(request).unwrap_or_else(|| Instant::now() + PATIENCE)
}

fn refused(invalid: Invalid) -> Error {
    counted("invalid", 1);
    invalid.into()
}

/// The entries fit to be stored, and a result for each request: the code of those that are fit is still 0.
fn parsed(requests: Vec<v1::WriteRequest>) -> (Vec<NewEntry>, Vec<v1::WriteResult>) {
    let mut entries = Vec::with_capacity(requests.len());
    let mut results = Vec::with_capacity(requests.len());
    for (index, request) in requests.into_iter().enumerate() {
        let mut result = v1::WriteResult { id: request.id.clone(), ..v1::WriteResult::default() };
        match NewEntry::try_from(request) {
            Ok(new) => entries.push(new),
            Err(invalid) => {
                counted("invalid", 1);
                result.code = Code::InvalidArgument as i32;
                result.message = format!("entries[{index}].{invalid}");
            }
        }
        results.push(result);
    }
    (entries, results)
}

fn settle(result: &mut v1::WriteResult, outcome: Result<Entry, Error>) {
    match outcome {
        Ok(entry) => result.id = entry.id,
        Err(error) => {
            result.code = error.code as i32;
            result.message = error.detail;
        }
    }
}
