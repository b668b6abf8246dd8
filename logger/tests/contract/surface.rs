//! What else answers on the port: grpc.health.v1, both versions of reflection, compression.

use std::sync::Arc;

use prost_types::FileDescriptorProto;
use proto::logger::v1::TailRequest;
use proto::logger::v1::logger_client::LoggerClient;
use tonic::codec::CompressionEncoding;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::{v1, v1alpha};

use crate::home::{Home, request};

pub(crate) async fn health_and_both_reflections_answer(home: Arc<Home>) {
    for service in ["", "logger.v1.Logger"] {
        let asked = HealthCheckRequest { service: service.into() };
        let health = HealthClient::new(home.logger.channel()).check(asked).await.unwrap().into_inner();
        assert_eq!(health.status(), ServingStatus::Serving, "{service}");
    }
    let expected = ["grpc.health.v1.Health", "logger.v1.Logger"];
    let listed = services_v1(&home).await;
    assert!(expected.iter().all(|it| listed.contains(&(*it).to_owned())), "{listed:?}");
    let listed = services_v1alpha(&home).await;
    assert!(expected.iter().all(|it| listed.contains(&(*it).to_owned())), "{listed:?}");
}

async fn services_v1(home: &Home) -> Vec<String> {
    use v1::server_reflection_request::MessageRequest;
    use v1::server_reflection_response::MessageResponse;
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(home.logger.channel());
    let ask = |message| v1::ServerReflectionRequest { host: String::new(), message_request: Some(message) };
    let asked = [
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol("logger.v1.Logger".into())),
    ];
    let mut answers = client.server_reflection_info(futures::stream::iter(asked)).await.unwrap().into_inner();
    let listed = answers.message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(listed)) = listed else { panic!("{listed:?}") };
    let file = answers.message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::FileDescriptorResponse(file)) = file else { panic!("{file:?}") };
    let file: FileDescriptorProto = prost::Message::decode(&file.file_descriptor_proto[0][..]).unwrap();
    // Comments are part of it: tools show them.
    assert!(file.source_code_info.is_some_and(|info| !info.location.is_empty()));
    listed.service.into_iter().map(|it| it.name).collect()
}

async fn services_v1alpha(home: &Home) -> Vec<String> {
    use v1alpha::server_reflection_request::MessageRequest;
    use v1alpha::server_reflection_response::MessageResponse;
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(home.logger.channel());
    let message_request = Some(MessageRequest::ListServices(String::new()));
    let asked = v1alpha::ServerReflectionRequest { host: String::new(), message_request };
    let mut answers = client.server_reflection_info(futures::stream::iter([asked])).await.unwrap().into_inner();
    let listed = answers.message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(listed)) = listed else { panic!("{listed:?}") };
    listed.service.into_iter().map(|it| it.name).collect()
}

pub(crate) async fn gzip_is_accepted(home: Arc<Home>) {
    let mut client = LoggerClient::new(home.logger.channel()).send_compressed(CompressionEncoding::Gzip);
    let stored = client.write(request("event", &"x".repeat(10_000))).await.unwrap().into_inner();
    assert_eq!(stored.data.len(), 10_000);
}

pub(crate) async fn metrics_count_entries_commits_and_tails(home: Arc<Home>) {
    mesh::telemetry::init_metrics().unwrap();
    let mut client = home.logger.client();
    let _tail = client.tail(TailRequest::default()).await.unwrap().into_inner();
    client.write(request("event", "")).await.unwrap();
    client.write(request("", "")).await.unwrap_err();
    let metrics = home.logger.get("/metrics").await;
    let expected = [
        r#"logger_entries_total{outcome="stored"} "#,
        r#"logger_entries_total{outcome="invalid"} "#,
        "logger_commit_seconds_bucket{le=",
        r#"logger_commit_entries_bucket{le="1"} "#,
        "logger_tails ",
    ];
    for line in expected {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
}
