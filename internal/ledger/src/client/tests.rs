//! TLS, spoken with a server that has a certificate of its own making (localhost.pem, good for a hundred years).

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::*;

const LOCALHOST: &[u8] = include_bytes!("localhost.pem");

fn certificate() -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(LOCALHOST).unwrap()
}

/// Answers everybody who finishes a handshake with an empty object.
fn server() -> SocketAddr {
    let key = PrivateKeyDer::from_pem_slice(LOCALHOST).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate()], key).unwrap();
    let (config, socket) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in socket.incoming() {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(tls, connection.unwrap()));
            let mut line = String::new();
            while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
            stream.get_mut().write_all(answer).ok(); // nobody is there after a handshake that failed
        }
    });
    address
}

fn credentials() -> Credentials {
    Credentials { email: "ada@example.com".to_owned(), password: "secret".into() }
}

#[tokio::test]
async fn https_is_spoken_with_whoever_has_a_certificate_that_is_trusted() {
    let mut roots = RootCertStore::empty();
    roots.add(certificate()).unwrap();
    let tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let client = Client::trusting(tls, &format!("https://{}", server()), credentials());
    let answer = client.get("/ping").await.unwrap();
    assert_eq!((answer.status, answer.body.as_ref()), (StatusCode::OK, &b"{}"[..]));
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let client = Client::new(&format!("https://{}", server()), credentials());
    let error = format!("{:#}", client.get("/ping").await.unwrap_err());
    assert!(error.contains("invalid peer certificate: UnknownIssuer"), "{error}");
}
