//! PostgreSQL away: a proxy of the test's own stands in between, cuts connections or falls silent, and heals again.

use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{Rows, Service, config, eventually, on_postgres};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Whole,
    /// Connections are closed, new ones at once.
    Cut,
    /// Connections stay and nothing passes.
    Silent,
}

/// Leads to the server in `rows` as long as the line is whole.
async fn through_a_proxy(rows: &Rows, line: watch::Receiver<Line>) -> Rows {
    let mut url = url::Url::parse(&rows[0].1).unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(pass(stream, server.clone(), line.clone()));
        }
    });
    [vec![(rows[0].0.clone(), url.to_string())], rows[1..].to_vec()].concat()
}

async fn pass(mut client: TcpStream, server: String, mut line: watch::Receiver<Line>) {
    let mut server = TcpStream::connect(server).await.unwrap();
    loop {
        let now = *line.borrow_and_update();
        let changed = match now {
            Line::Whole => tokio::select! {
                _ = copy_bidirectional(&mut client, &mut server) => return,
                changed = line.changed() => changed,
            },
            Line::Silent => line.changed().await,
            Line::Cut => return,
        };
        if changed.is_err() {
            return;
        }
    }
}

async fn is_listed(service: &Service) -> bool {
    let health = service.send("GET", "/health/ready", "").await;
    assert_eq!(health.status, 200, "degraded is still ready");
    !health.body["degraded"]["postgres"].is_null()
}

#[tokio::test]
async fn postgres_away_is_503_within_three_seconds_and_heals_by_itself() {
    on_postgres(async |rows| {
        let (line, end) = watch::channel(Line::Whole);
        let service = Service::start(config(&through_a_proxy(&rows, end).await, &[])).await;
        for trouble in [Line::Cut, Line::Silent] {
            assert_eq!(service.sign_in_as_admin().await.status, 200);
            line.send_replace(trouble);
            for _ in 0..2 {
                let answer = tokio::time::timeout(Duration::from_secs(20), service.sign_in_as_admin()).await;
                let answer = answer.unwrap_or_else(|_| panic!("no answer within 20 s while the line is {trouble:?}"));
                assert_eq!((answer.status, answer.headers["retry-after"].to_str().unwrap()), (503, "1"), "{trouble:?}");
                assert_eq!(answer.body["detail"], "the database does not answer");
            }
            eventually("health lists postgres", async || is_listed(&service).await).await;
            line.send_replace(Line::Whole);
            eventually("sign-ins work again", async || service.sign_in_as_admin().await.status == 200).await;
            eventually("health is well again", async || !is_listed(&service).await).await;
        }
        service.stop().await;
    })
    .await;
}

#[tokio::test]
async fn postgres_away_at_the_start_is_waited_for_and_the_stop_does_not_wait() {
    on_postgres(async |rows| {
        let (line, end) = watch::channel(Line::Cut);
        let rows = through_a_proxy(&rows, end).await;
        let (waiting, stopped) =
            (Service::begin(config(&rows, &[]), true).await, Service::begin(config(&rows, &[]), true).await);
        for service in [&waiting, &stopped] {
            assert_eq!(service.send("GET", "/health/live", "").await.status, 200);
            assert_eq!(service.send("GET", "/health/ready", "").await.status, 503);
            let answer = service.sign_in_as_admin().await;
            assert_eq!((answer.status, answer.headers["retry-after"].to_str().unwrap()), (503, "1"));
        }
        tokio::time::timeout(Duration::from_secs(30), stopped.stop()).await.expect("stops while it waits");
        line.send_replace(Line::Whole);
        waiting.ready().await;
        assert_eq!(waiting.sign_in_as_admin().await.status, 200);
        waiting.stop().await;
    })
    .await;
}
