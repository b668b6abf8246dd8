//! JSON to gRPC by descriptor: no generated client, so a service is added by its .proto file alone. Unary calls bring
//! back one document, server streams many.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use bytes::{Buf, BufMut, Bytes};
use futures::future::ready;
use futures::{StreamExt, stream};
use http::HeaderMap;
use http::uri::PathAndQuery;
use mesh::{Code, Error, TraceContext, trace};
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
use crate::trail::Trail;
use crate::upstream::{InFlight, Upstream, Wait};

/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 16 << 20;

/// How often a call was made before (gRPC's A6, client retries).
const PREVIOUS_ATTEMPTS: &str = "grpc-previous-rpc-attempts";

/// What a call carries besides its argument.
struct Head {
    deadline: Instant,
    trace: TraceContext,
    key: Option<String>,
    /// Who calls, as metadata.
    caller: HeaderMap,
    trail: Trail,
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
    timeout: Duration,
    /// The descriptor that was looked up last, and of which generation it is.
    found: ArcSwapOption<(u64, MethodDescriptor)>,
}

impl Grpc {
    pub(super) fn new(
        upstream: Arc<Upstream>,
        token: bool,
        catalog: Arc<Catalog>,
        method: &str,
        timeout: Duration,
    ) -> Result<Self, Error> {
        let path = format!("/{method}").parse().map_err(Error::internal)?;
        let origin = format!("http://{}", upstream.authority()).parse().map_err(Error::internal)?;
        let (method, found) = (method.to_owned(), ArcSwapOption::empty());
        Ok(Self { upstream, catalog, method, path, origin, token, timeout, found })
    }

    pub(super) async fn call(&self, call: Call) -> Result<Reply, Error> {
        let method = self.descriptor().inspect_err(|_| call.trail.refused())?;
        let Call { argument, deadline, trace, key, identity, token, origin, trail, .. } = call;
        let token = token.filter(|_| self.token);
        let caller = caller::headers(identity.as_ref(), token.as_ref(), origin)?;
        let head = Head { deadline, trace, key, caller, trail };
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
        let (mut client, mut instance) = self.client(call).await?;
        let request = self.request(message, call)?;
        let answered = client.unary(request, self.path.clone(), Encoded).await;
        let answered = answered.map_err(|status| self.failed(status, &mut instance, &call.trail))?;
        instance.answered();
        Ok(answered.into_inner())
    }

    async fn stream(&self, method: &MethodDescriptor, message: Bytes, call: &Head) -> Result<Reply, Error> {
        let (mut client, mut instance) = self.client(call).await?;
        let mut request = self.request(message, call)?;
        // The deadline is for the head of the answer; a stream itself may go on for as long as somebody listens.
        request.metadata_mut().remove("grpc-timeout");
        let opened = client.server_streaming(request, self.path.clone(), Encoded).await;
        let messages = opened.map_err(|status| self.failed(status, &mut instance, &call.trail))?.into_inner();
        instance.opened();
        let output = method.output();
        // The instance goes with the stream: it is busy with it until the end.
        let documents: Documents = messages
            .map(Some)
            .chain(stream::once(ready(None)))
            .filter_map(move |message| {
                match &message {
                    None => instance.answered(),
                    Some(Err(status)) if is_broken(status) => instance.failed(&broken(status)),
                    Some(_) => {}
                }
                let text = |message: Result<Bytes, Status>| transcode::to_text(&output, message?);
                ready(message.map(text))
            })
            .boxed();
        Ok(Reply::Stream(documents))
    }

    /// A connection to an instance; one that cannot be reached is passed over for the next.
    async fn client(&self, call: &Head) -> Result<(tonic::client::Grpc<Sender>, InFlight), Error> {
        let wait = Wait { deadline: call.deadline, timeout: self.timeout };
        let mut search = self.upstream.search(Some(&call.trail), Some(wait)).await;
        while let Some(instance) = search.next() {
            match self.ready(&instance).await {
                Ok(client) => return Ok((client, instance)),
                Err(why) => search.refused(instance, why),
            }
        }
        Err(search.exhausted())
    }

    async fn ready(&self, instance: &InFlight) -> Result<tonic::client::Grpc<Sender>, String> {
        let sender = instance.connection.sender().await?;
        let client = tonic::client::Grpc::with_origin(sender, self.origin.clone());
        let mut client = client.max_decoding_message_size(MAX_ANSWER);
        client.ready().await.map_err(|error| format!("{}: {error}", instance.address))?;
        Ok(client)
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
        if let before @ 1.. = call.trail.number().saturating_sub(1) {
            metadata.insert(PREVIOUS_ATTEMPTS, MetadataValue::from(before));
        }
        Ok(request)
    }

    /// What the status says of the instance, and what a caller is told.
    fn failed(&self, status: Status, instance: &mut InFlight, trail: &Trail) -> Error {
        if is_broken(&status) {
            let why = broken(&status);
            instance.failed(&why);
            trail.broke();
            return self.upstream.unavailable(&format!("{}: {why}", instance.address));
        }
        let error = Error::from(status);
        match error.code {
            Code::Unavailable => {
                instance.failed(&format!("answered unavailable: {}", error.detail));
                if let Some(pause) = error.retry_after {
                    instance.rests(pause);
                }
            }
            // How a service's own timer ends a call: tonic's says that it was cancelled.
            Code::DeadlineExceeded | Code::Cancelled => instance.ran_out_of_time("answered that the time is over"),
            // Quick errors are not quick answers.
            Code::Unknown | Code::Internal | Code::DataLoss | Code::Unimplemented | Code::ResourceExhausted => {
                instance.erred();
            }
            _ => instance.answered(),
        }
        error
    }
}

/// Whether this is not the service's word but the connection's: it broke under the call.
fn is_broken(status: &Status) -> bool {
    std::error::Error::source(status).is_some()
}

fn broken(status: &Status) -> String {
    let causes = std::iter::successors(std::error::Error::source(status), |it| it.source());
    causes.fold("the connection broke".to_owned(), |text, cause| format!("{text}: {cause}"))
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
