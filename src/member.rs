//! One service kept running within this process: started, watched until it is ready, started again when it fails
//! later, stopped and started on request. A service that fails before it was ever ready is not tried again: the
//! mistake is most likely in its configuration, and the process should say so and end.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow};
use bus::Shared;
use mesh::config::{Env, Process};
use mesh::shutdown::supervise;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::client::Http;
use crate::services::{Configured, Service, reachable};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Starting,
    Ready,
    /// Asked to stop, with work still in hand.
    Stopping,
    Stopped,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        }
    }
}

/// What one member needs for every start, the first and later ones.
pub(crate) struct Member {
    pub(crate) service: Service,
    /// As bound: the same again after a stop, also where port 0 was asked for.
    pub(crate) address: SocketAddr,
    pub(crate) env: Arc<Env>,
    pub(crate) process: Process,
    pub(crate) shared: Shared,
    state: watch::Sender<State>,
    failure: Mutex<Option<anyhow::Error>>,
}

/// The other end of a member: what it does, and whether it should.
#[derive(Clone)]
pub(crate) struct Handle {
    pub(crate) service: Service,
    pub(crate) address: SocketAddr,
    wanted: watch::Sender<bool>,
    state: watch::Receiver<State>,
}

impl Handle {
    pub(crate) fn state(&self) -> State {
        *self.state.borrow()
    }

    /// Asks for it to run, or not to; `reached` waits for the effect. False where that was wanted already.
    pub(crate) fn want(&self, running: bool) -> bool {
        self.wanted.send_replace(running) != running
    }

    pub(crate) async fn reached(&self, state: State) {
        // An error means that the member has ended with the process, and nothing is left to wait for.
        let _ = self.state.clone().wait_for(|now| *now == state).await;
    }
}

impl Member {
    pub(crate) fn new(
        service: Service,
        address: SocketAddr,
        env: &Arc<Env>,
        process: &Process,
        shared: &Shared,
    ) -> Self {
        let (state, _) = watch::channel(State::Starting);
        let (env, process, shared) = (Arc::clone(env), process.clone(), shared.clone());
        Self { service, address, env, process, shared, state, failure: Mutex::default() }
    }

    /// Its handle, and the future that keeps it until `shutdown`; an error means that it never became ready.
    pub(crate) fn keep(
        self,
        socket: TcpListener,
        shutdown: CancellationToken,
    ) -> (Handle, impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let (wanted, is_wanted) = watch::channel(true);
        let handle = Handle { service: self.service, address: self.address, wanted, state: self.state.subscribe() };
        (handle, self.kept(socket, is_wanted, shutdown))
    }

    async fn kept(
        self,
        socket: TcpListener,
        mut wanted: watch::Receiver<bool>,
        shutdown: CancellationToken,
    ) -> anyhow::Result<()> {
        let mut socket = Some(socket);
        loop {
            if shutdown.run_until_cancelled(until(&mut wanted, true)).await.is_none() {
                return Ok(());
            }
            let stop = shutdown.child_token();
            let work = supervise(self.service.name(), &stop, || self.once(socket.take(), stop.clone()));
            tokio::pin!(work);
            let ended = tokio::select! {
                () = &mut work => true,
                () = until(&mut wanted, false) => false,
            };
            if !ended {
                // Said before it has an effect: whoever asks for a start next must not take the old state for the new one.
                self.state.send_replace(State::Stopping);
                stop.cancel();
                work.await;
            }
            self.state.send_replace(State::Stopped);
            if let Some(error) = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return Err(error.context(self.service.name()));
            }
        }
    }

    /// One run, on `socket` or, when that was used up before, on the same address bound again.
    async fn once(&self, socket: Option<TcpListener>, stop: CancellationToken) -> anyhow::Result<()> {
        let first = socket.is_some();
        self.state.send_replace(State::Starting);
        let socket = match socket {
            Some(socket) => socket,
            None => TcpListener::bind(self.address)
                .await
                .with_context(|| format!("{}: cannot bind {} again", self.service.address_variable(), self.address))?,
        };
        let result = self.run(socket, stop.clone()).await;
        let became_ready = *self.state.borrow() == State::Ready;
        match result {
            Ok(()) if stop.is_cancelled() => Ok(()),
            Err(error) if stop.is_cancelled() => {
                tracing::warn!(service = self.service.name(), "failed while stopping: {error:#}");
                Ok(())
            }
            Err(error) if first && !became_ready => {
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                Ok(())
            }
            Err(error) => Err(error),
            Ok(()) => Err(anyhow!("ended by itself")),
        }
    }

    async fn run(&self, socket: TcpListener, stop: CancellationToken) -> anyhow::Result<()> {
        let configured = Configured::from_env(self.service, &self.env, &self.process)?;
        let running = configured.run(self.shared.clone(), socket, stop);
        tokio::pin!(running);
        tokio::select! {
            ended = &mut running => return ended,
            () = until_ready(self.address) => {}
        }
        self.state.send_if_modified(|state| {
            let is_starting = *state == State::Starting;
            if is_starting {
                *state = State::Ready;
            }
            is_starting
        });
        running.await
    }
}

async fn until(wanted: &mut watch::Receiver<bool>, running: bool) {
    if wanted.wait_for(|wanted| *wanted == running).await.is_err() {
        // Nobody is left who could want anything else.
        std::future::pending::<()>().await;
    }
}

/// Asks the service itself, as anybody outside would: often at first, because a start takes milliseconds.
async fn until_ready(address: SocketAddr) {
    let url = format!("http://{}/health/ready", reachable(address));
    let http = Http::new(Duration::from_secs(1));
    let mut pause = Duration::from_millis(5);
    while !matches!(http.get(&url).await, Ok((status, _)) if status.is_success()) {
        tokio::time::sleep(pause).await;
        pause = (pause * 5 / 4).min(Duration::from_millis(250));
    }
}
