//! JSON to gRPC by descriptor: no generated client, so a service is added by its .proto file alone. Unary calls bring
//! back one document, server streams many.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use bytes::{Buf, BufMut, Bytes};
use futures::StreamExt;
use http::HeaderMap;
use http::uri::PathAndQuery;
use mesh::{Error, TraceContext, trace};
use prost::Message;
use prost_reflect::{DynamicMessage, Kind, MethodDescriptor};
use serde_json::{Map, Value};
use tokio::time::Instant;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Request, Status};

use super::{caller, transcode};
use crate::call::{Argument, Call, Documents, Reply};
use crate::catalog::Catalog;
use crate::connection::Sender;
use crate::upstream::{InFlight, Upstream};

/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 16 << 20;

/// What a call carries besides its argument.
struct Head {
    deadline: Instant,
    trace: TraceContext,
    key: Option<String>,
    /// Who calls, as metadata.
    caller: HeaderMap,
}

impl Head {
    /// What is left until the deadline; an error once nothing is.
    fn remaining(&self) -> Result<Duration, Error> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let late = || Error::deadline("the deadline passed before the call was sent");
        Some(left).filter(|left| !left.is_zero()).ok_or_else(late)
    }
}

pub struct Grpc {
    upstream: Arc<Upstream>,
    catalog: Arc<Catalog>,
    method: String,
    path: PathAndQuery,
    origin: http::Uri,
    /// Whether the service is sent the caller's token.
    token: bool,
    /// The descriptor that was looked up last, and of which generation it is.
    found: ArcSwapOption<(u64, MethodDescriptor)>,
}

impl Grpc {
    pub(super) fn new(
        upstream: Arc<Upstream>,
        token: bool,
        catalog: Arc<Catalog>,
        method: &str,
    ) -> Result<Self, Error> {
        let path = format!("/{method}").parse().map_err(Error::internal)?;
        let origin = format!("http://{}", upstream.authority()).parse().map_err(Error::internal)?;
        Ok(Self { upstream, catalog, method: method.to_owned(), path, origin, token, found: ArcSwapOption::empty() })
    }

    pub(super) async fn call(&self, call: Call) -> Result<Reply, Error> {
        let method = self.descriptor()?;
        let Call { argument, deadline, trace, key, identity, token, origin, .. } = call;
        let token = token.filter(|_| self.token);
        let caller = caller::headers(identity.as_ref(), token.as_ref(), origin)?;
        let head = Head { deadline, trace, key, caller };
        let message = read(&method, argument)?;
        let encoded = Bytes::from(message.encode_to_vec());
        if method.is_server_streaming() {
            return self.stream(&method, encoded, &head).await;
        }
        let body = self.unary(encoded, &head).await?;
        transcode::to_text(&method.output(), body).map(Reply::json)
    }

    /// The method's descriptor, or an error that says why there is none.
    pub(crate) fn descriptor(&self) -> Result<MethodDescriptor, Error> {
        let generation = self.catalog.generation();
        if let Some(found) = &*self.found.load()
            && found.0 == generation
        {
            return Ok(found.1.clone());
        }
        let name = self.upstream.name();
        let method = self.catalog.method(name, &self.method);
        let method = method.ok_or_else(|| self.catalog.why_unknown(name, &self.method))?;
        self.found.store(Some(Arc::new((generation, method.clone()))));
        Ok(method)
    }

    /// Checks one entry of a list field alone, so that a bad one is told from its neighbours.
    pub(crate) fn check_entry(&self, list: &str, entry: &Map<String, Value>) -> Result<(), Error> {
        // No descriptor yet: the call itself will say so, and that is not the entry's fault.
        let Ok(method) = self.descriptor() else { return Ok(()) };
        let field = method.input().get_field_by_name(list);
        match field.map(|field| field.kind()) {
            Some(Kind::Message(message)) => transcode::from_object(&message, entry).map(drop),
            _ => Ok(()),
        }
    }

    /// One request message out, one reply message back, both encoded.
    async fn unary(&self, message: Bytes, call: &Head) -> Result<Bytes, Error> {
        let exchange = async {
            let (sender, _in_flight) = self.sender().await?;
            let mut client = self.client(sender);
            client.ready().await.map_err(|error| self.upstream.unavailable(&error.to_string()))?;
            let request = self.request(message, call)?;
            let answered = client.unary(request, self.path.clone(), Encoded).await;
            answered.map(tonic::Response::into_inner).map_err(|status| self.failed(status))
        };
        let name = self.upstream.name();
        let timed = tokio::time::timeout_at(call.deadline, exchange).await;
        timed.map_err(|_| Error::deadline(format!("{name} did not answer within the deadline")))?
    }

    async fn stream(&self, method: &MethodDescriptor, message: Bytes, call: &Head) -> Result<Reply, Error> {
        // The deadline is for the head of the answer; a stream itself may go on for as long as somebody listens.
        let opening = async {
            let (sender, in_flight) = self.sender().await?;
            let mut client = self.client(sender);
            client.ready().await.map_err(|error| self.upstream.unavailable(&error.to_string()))?;
            let mut request = self.request(message, call)?;
            request.metadata_mut().remove("grpc-timeout");
            let opened = client.server_streaming(request, self.path.clone(), Encoded).await;
            Ok::<_, Error>((opened.map_err(|status| self.failed(status))?.into_inner(), in_flight))
        };
        let timed = tokio::time::timeout_at(call.deadline, opening).await;
        let name = self.upstream.name();
        let opened = timed.map_err(|_| Error::deadline(format!("{name} did not answer within the deadline")))?;
        let (messages, in_flight) = opened?;
        let output = method.output();
        let documents: Documents = messages
            .map(move |message| {
                let _busy = &in_flight;
                message.map_err(Error::from).and_then(|message| transcode::to_text(&output, message))
            })
            .boxed();
        Ok(Reply::Stream(documents))
    }

    /// A connection to an instance; one that cannot be reached is passed over for the next.
    async fn sender(&self) -> Result<(Sender, InFlight), Error> {
        self.upstream.asked().await;
        let mut tried: Vec<SocketAddr> = Vec::new();
        let mut failure = "its name has no address".to_owned();
        while let Some(endpoint) = self.upstream.pick(&tried) {
            match endpoint.connection.sender().await {
                Ok(sender) => return Ok((sender, endpoint)),
                Err(error) => failure = error,
            }
            tried.push(endpoint.address);
        }
        Err(self.upstream.unavailable(&failure))
    }

    fn client(&self, sender: Sender) -> tonic::client::Grpc<Sender> {
        tonic::client::Grpc::with_origin(sender, self.origin.clone()).max_decoding_message_size(MAX_ANSWER)
    }

    fn request(&self, message: Bytes, call: &Head) -> Result<Request<Bytes>, Error> {
        let mut request = Request::new(message);
        *request.metadata_mut() = MetadataMap::from_headers(call.caller.clone());
        request.set_timeout(call.remaining()?);
        let metadata = request.metadata_mut();
        let header = call.trace.child().to_string();
        metadata.insert(trace::HEADER, MetadataValue::try_from(header).map_err(Error::internal)?);
        if let Some(key) = call.key.as_deref().and_then(|key| MetadataValue::try_from(key).ok()) {
            metadata.insert("idempotency-key", key);
        }
        Ok(request)
    }

    fn failed(&self, status: Status) -> Error {
        let source = std::error::Error::source(&status);
        if source.is_some() {
            // Not the service's word but the connection's: it broke under the call.
            return self.upstream.unavailable(&format!("{status:?}"));
        }
        let error = Error::from(status);
        if error.is_unavailable() && error.retry_after.is_none() {
            return error.with_retry_after(Duration::from_secs(1));
        }
        error
    }
}

/// The request message that an argument makes, or the field that is wrong.
pub(crate) fn read(method: &MethodDescriptor, argument: Argument) -> Result<DynamicMessage, Error> {
    let input = method.input();
    match argument {
        Argument::Text(text) => transcode::from_text(&input, &text),
        Argument::Object(mut object) => {
            transcode::coerce(&input, &mut object);
            transcode::from_object(&input, &object)
        }
    }
}

/// Messages are encoded and decoded by descriptor outside; here only their bytes go by.
#[derive(Clone, Copy)]
struct Encoded;

impl Codec for Encoded {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let size = buffer.remaining();
        Ok(Some(buffer.copy_to_bytes(size)))
    }
}
