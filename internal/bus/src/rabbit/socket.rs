//! Opening a connection in a way that can be given up. lapin serves each connection on a thread of its own, which waits
//! for RabbitMQ without end while a connection is being opened or closed: on a half-open network every try would leave a
//! thread and a socket behind. So the socket is held here too, and closed under lapin when nobody waits any more.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};

use lapin::tcp::{AMQPUriTcpExt, TLSConfig};
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{AsyncTcpStream, Connection, ConnectionProperties};

/// Ends its connection, however that stands, when it is dropped.
#[derive(Default)]
pub(super) struct Socket(Arc<Mutex<State>>);

#[derive(Default)]
enum State {
    #[default]
    NotOpen,
    Open(TcpStream),
    Dropped,
}

impl Socket {
    /// The connection that this socket ends.
    pub(super) async fn connect(&self, uri: AMQPUri, properties: ConnectionProperties) -> lapin::Result<Connection> {
        let runtime = lapin::runtime::default_runtime()?;
        let (state, reactor) = (self.0.clone(), runtime.clone());
        let opening = async move |uri: AMQPUri, _| {
            // Without TLS at first: what is closed is the socket below it.
            let plain = AMQPUri { scheme: AMQPScheme::AMQP, ..uri.clone() };
            let stream = plain.connect_with_config_async(TLSConfig::default(), &reactor).await?;
            if let AsyncTcpStream::Plain(stream) = &stream {
                hold(&state, stream.get_ref())?;
            }
            Ok(match uri.scheme {
                AMQPScheme::AMQP => stream,
                AMQPScheme::AMQPS => stream.into_tls(&uri.authority.host, TLSConfig::default()).await?,
            })
        };
        Connection::connector(uri, runtime, opening, properties).await
    }
}

fn hold(state: &Mutex<State>, stream: &impl AsFd) -> io::Result<()> {
    let stream = TcpStream::from(stream.as_fd().try_clone_to_owned()?);
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    match &*state {
        State::NotOpen | State::Open(_) => *state = State::Open(stream),
        State::Dropped => stream.shutdown(Shutdown::Both)?,
    }
    Ok(())
}

impl Drop for Socket {
    fn drop(&mut self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Open(stream) = std::mem::replace(&mut *state, State::Dropped) {
            // An error means that it is closed.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
