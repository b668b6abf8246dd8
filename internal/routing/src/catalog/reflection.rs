//! Asking a service for its descriptors by gRPC server reflection: the files that hold the wanted symbols, then every
//! file that those import. v1 is asked first, v1alpha where only that is known.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use mesh::{Code, Error};
use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use tonic_prost::ProstCodec;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use crate::connection::Sender;
use crate::upstream::{InFlight, Upstream};

const TIMEOUT: Duration = Duration::from_secs(3);
/// More files than this are not a service's interface but a mistake.
const MAX_FILES: usize = 1_000;

/// One question of the protocol, the same in both versions.
enum Question {
    Symbol(String),
    File(String),
}

/// The encoded `FileDescriptorSet` with the files that define `symbols`, and their imports.
pub(super) async fn ask(upstream: &Upstream, symbols: &BTreeSet<String>) -> Result<Bytes, Error> {
    let collected = async {
        match collect(upstream, symbols, Version::V1).await {
            Err(error) if error.code == Code::Unimplemented => collect(upstream, symbols, Version::V1Alpha).await,
            other => other,
        }
    };
    let files = tokio::time::timeout(TIMEOUT, collected).await;
    let files = files.map_err(|_| Error::deadline("reflection did not answer in time"))??;
    Ok(Bytes::from(FileDescriptorSet { file: in_order(files) }.encode_to_vec()))
}

/// Both versions have the same messages on the wire and differ in the name of the service only.
#[derive(Clone, Copy)]
enum Version {
    V1,
    V1Alpha,
}

impl Version {
    fn path(self) -> PathAndQuery {
        PathAndQuery::from_static(match self {
            Self::V1 => "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            Self::V1Alpha => "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        })
    }
}

async fn collect(
    upstream: &Upstream,
    symbols: &BTreeSet<String>,
    version: Version,
) -> Result<BTreeMap<String, FileDescriptorProto>, Error> {
    let mut files = BTreeMap::new();
    let mut wanted: Vec<Question> = symbols.iter().cloned().map(Question::Symbol).collect();
    while let Some(question) = wanted.pop() {
        if matches!(&question, Question::File(name) if files.contains_key(name)) {
            continue;
        }
        for encoded in put(upstream, &question, version).await? {
            let file = FileDescriptorProto::decode(encoded.as_slice()).map_err(Error::internal)?;
            wanted.extend(file.dependency.iter().cloned().map(Question::File));
            files.insert(file.name().to_owned(), file);
        }
        if files.len() > MAX_FILES {
            return Err(Error::internal(format!("reflection names more than {MAX_FILES} files")));
        }
    }
    Ok(files)
}

/// The encoded files of one answer.
async fn put(upstream: &Upstream, question: &Question, version: Version) -> Result<Vec<Vec<u8>>, Error> {
    let (sender, _instance) = reach(upstream).await?;
    let origin = format!("http://{}", upstream.authority()).parse().map_err(Error::internal)?;
    let mut client = tonic::client::Grpc::with_origin(sender, origin);
    client.ready().await.map_err(|error| upstream.unavailable(&error.to_string()))?;
    let asked = match question {
        Question::Symbol(name) => MessageRequest::FileContainingSymbol(name.clone()),
        Question::File(name) => MessageRequest::FileByFilename(name.clone()),
    };
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(asked) };
    let codec = ProstCodec::<ServerReflectionRequest, ServerReflectionResponse>::default();
    let request = tonic::Request::new(tokio_stream::once(request));
    let mut answers = client.streaming(request, version.path(), codec).await?.into_inner();
    match answers.message().await?.and_then(|answer| answer.message_response) {
        Some(MessageResponse::FileDescriptorResponse(files)) => Ok(files.file_descriptor_proto),
        Some(MessageResponse::ErrorResponse(error)) => Err(refused(error.error_code, error.error_message)),
        _ => Err(Error::internal("reflection answered something else than was asked")),
    }
}

/// Whether an instance can be reached counts for callers' calls too; what it answers here does not.
async fn reach(upstream: &Upstream) -> Result<(Sender, InFlight), Error> {
    let mut search = upstream.search(None, None).await;
    while let Some(instance) = search.next() {
        match instance.connection.sender().await {
            Ok(sender) => return Ok((sender, instance)),
            Err(why) => search.refused(instance, why),
        }
    }
    Err(search.exhausted())
}

fn refused(code: i32, message: String) -> Error {
    // A missing symbol is not a missing reflection service, which alone is answered by UNIMPLEMENTED.
    Error::new(if code == 12 { Code::NotFound } else { Code::from_number(code) }, message)
}

/// Imports before the files that import them, as descriptor pools want it.
fn in_order(mut files: BTreeMap<String, FileDescriptorProto>) -> Vec<FileDescriptorProto> {
    fn visit(name: &str, files: &mut BTreeMap<String, FileDescriptorProto>, ordered: &mut Vec<FileDescriptorProto>) {
        let Some(file) = files.remove(name) else { return };
        for import in &file.dependency {
            visit(import, files, ordered);
        }
        ordered.push(file);
    }
    let mut ordered = Vec::with_capacity(files.len());
    while let Some(name) = files.keys().next().cloned() {
        visit(&name, &mut files, &mut ordered);
    }
    ordered
}
