//! A logger that has a tail alone, with positions: the number of the entry that was told last.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use futures::stream::{BoxStream, unfold};
use proto::logger::v1::logger_server::{Logger, LoggerServer};
use proto::logger::v1::tail_response::Event;
use proto::logger::v1::{
    Entry, Gap, QueryRequest, QueryResponse, TailRequest, TailResponse, WriteBatchRequest, WriteBatchResponse,
    WriteRequest,
};
use tokio::sync::watch;
use tonic::{Request, Response, Status};

#[derive(Clone)]
pub(crate) struct Logs {
    pub(crate) address: SocketAddr,
    said: Arc<Mutex<Vec<Said>>>,
    count: watch::Sender<usize>,
    /// How far some reader has come.
    read: Arc<AtomicUsize>,
    readers: Arc<()>,
}

#[derive(Clone)]
enum Said {
    Entry(String, usize),
    Gap(u64),
    Fault,
}

impl Logs {
    pub(crate) async fn start() -> Self {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (said, read) = (Arc::default(), Arc::default());
        let logs = Self { address, said, count: watch::Sender::new(0), read, readers: Arc::new(()) };
        let server =
            Fake { logs: Logs { readers: Arc::new(()), ..logs.clone() }, readers: Arc::downgrade(&logs.readers) };
        let router = tonic::service::Routes::new(LoggerServer::new(server)).into_axum_router();
        tokio::spawn(async move { axum::serve(socket, router).await });
        logs
    }

    pub(crate) fn write(&self, numbers: Range<usize>) {
        self.say(numbers.map(|number| Said::Entry(number.to_string(), 1)));
    }

    /// Of 8 KiB each.
    pub(crate) fn write_large(&self, numbers: Range<usize>) {
        self.say(numbers.map(|number| Said::Entry(number.to_string(), 8 << 10)));
    }

    pub(crate) fn gap(&self, missed: u64) {
        self.say([Said::Gap(missed)].into_iter());
    }

    /// Every tail breaks off.
    pub(crate) fn fail(&self) {
        self.say([Said::Fault].into_iter());
    }

    pub(crate) fn is_read(&self, count: usize) -> bool {
        self.read.load(Ordering::SeqCst) >= count
    }

    /// Each holds one of the handles; one is this one's.
    pub(crate) fn readers(&self) -> usize {
        Arc::strong_count(&self.readers) - 1
    }

    fn say(&self, new: impl Iterator<Item = Said>) {
        let mut said = self.said.lock().unwrap();
        said.extend(new);
        self.count.send_replace(said.len());
    }
}

struct Fake {
    logs: Logs,
    readers: Weak<()>,
}

#[tonic::async_trait]
impl Logger for Fake {
    type TailStream = BoxStream<'static, Result<TailResponse, Status>>;

    async fn write(&self, _: Request<WriteRequest>) -> Result<Response<Entry>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn write_batch(&self, _: Request<WriteBatchRequest>) -> Result<Response<WriteBatchResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn query(&self, _: Request<QueryRequest>) -> Result<Response<QueryResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn tail(&self, request: Request<TailRequest>) -> Result<Response<Self::TailStream>, Status> {
        let after = request.into_inner().after.unwrap_or_default();
        let at = match after.as_str() {
            "" => self.logs.said.lock().unwrap().len(),
            text => text.parse().map_err(|_| Status::from(mesh::Error::field("after", "not a position")))?,
        };
        // Whoever goes on begins behind a fault.
        let is_fault = |at: &usize| matches!(self.logs.said.lock().unwrap().get(*at), Some(Said::Fault));
        let at = (at..).find(|at| !is_fault(at)).unwrap_or(at);
        let (logs, reader) = (self.logs.clone(), self.readers.upgrade());
        let count = logs.count.subscribe();
        let begin = Some((at, true));
        let told = unfold((begin, logs, count, reader), |(place, logs, mut count, reader)| async move {
            let (at, is_first) = place?;
            if is_first {
                let first = TailResponse { event: None, position: Some(at.to_string()) };
                return Some((Ok(first), (Some((at, false)), logs, count, reader)));
            }
            count.wait_for(|count| *count > at).await.ok()?;
            let said = logs.said.lock().unwrap()[at].clone();
            logs.read.fetch_max(at + 1, Ordering::SeqCst);
            let event = match said {
                Said::Entry(name, size) => Event::Entry(Entry { name, data: "x".repeat(size), ..Entry::default() }),
                Said::Gap(missed) => Event::Gap(Gap { missed }),
                Said::Fault => return Some((Err(Status::unavailable("broke")), (None, logs, count, reader))),
            };
            let told = TailResponse { event: Some(event), position: Some((at + 1).to_string()) };
            Some((Ok(told), (Some((at + 1, false)), logs, count, reader)))
        });
        Ok(Response::new(Box::pin(told)))
    }
}
