//! A logger whose entries say with which metadata they were written, and whose tail never ends by itself.

use std::net::SocketAddr;

use futures::StreamExt;
use proto::logger::v1::logger_server::{Logger, LoggerServer};
use proto::logger::v1::{
    Entry, QueryRequest, QueryResponse, TailRequest, TailResponse, WriteBatchRequest, WriteBatchResponse, WriteRequest,
    tail_response,
};
use serde_json::{Value, json};
use tonic::{Request, Response, Status};

struct FakeLogger;

pub(crate) async fn start() -> SocketAddr {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let router = tonic::service::Routes::new(LoggerServer::new(FakeLogger)).into_axum_router();
    tokio::spawn(async move { axum::serve(socket, router).await });
    address
}

#[tonic::async_trait]
impl Logger for FakeLogger {
    type TailStream = futures::stream::BoxStream<'static, Result<TailResponse, Status>>;

    async fn write(&self, request: Request<WriteRequest>) -> Result<Response<Entry>, Status> {
        let names = ["x-user-id", "x-user-roles", "authorization", "x-forwarded-for", "idempotency-key"];
        let told = names.map(|name| {
            let value = request.metadata().get(name).and_then(|it| it.to_str().ok());
            (name.to_owned(), value.map_or(Value::Null, |it| json!(it)))
        });
        let data = Value::Object(told.into_iter().collect()).to_string();
        Ok(Response::new(Entry { name: request.into_inner().name, data, ..Entry::default() }))
    }

    async fn write_batch(&self, _: Request<WriteBatchRequest>) -> Result<Response<WriteBatchResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn query(&self, _: Request<QueryRequest>) -> Result<Response<QueryResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn tail(&self, _: Request<TailRequest>) -> Result<Response<Self::TailStream>, Status> {
        let first = Entry { name: "first".to_owned(), ..Entry::default() };
        let first = TailResponse { event: Some(tail_response::Event::Entry(first)), position: None };
        Ok(Response::new(futures::stream::iter([Ok(first)]).chain(futures::stream::pending()).boxed()))
    }
}
