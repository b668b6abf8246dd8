//! The README's curl lines, run as they stand there: only the port is another one.

use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::harness::{Mesh, PATIENCE, Way, eventually, run};

struct Line {
    command: String,
    status: Option<u16>,
}

impl Line {
    fn streams(&self) -> bool {
        self.command.starts_with("curl -N ")
    }
}

/// The lines of blocks fenced as `sh` that begin with curl and call the broker.
fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut is_shell = false;
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            is_shell = language.trim() == "sh";
        } else if is_shell && line.starts_with("curl ") && line.contains("localhost:8080") {
            let (command, comment) = line.split_once(" # ").unwrap_or((line, ""));
            let status = comment.split_whitespace().next().and_then(|word| word.parse().ok());
            lines.push(Line { command: command.trim_end().to_owned(), status });
        }
    }
    lines
}

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The rows that the README asks its reader to add.
fn rows(text: &str) -> &str {
    let rows = text.split_once("```toml\n").and_then(|(_, rest)| rest.split_once("```"));
    rows.expect("the README has a block of toml").0
}

/// What the README takes its token by: `TOKEN=$(cargo run -q -- token)`, run by the program that is tested.
async fn token(text: &str, mesh: &Mesh) -> String {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("TOKEN=$(cargo run -q -- ")?.split_once(')'));
    let arguments: Vec<_> = lines.next().expect("the README takes a token").0.split(' ').collect();
    let done = run(&arguments, mesh.folder.path(), &mesh.variables).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    done.stdout.trim().to_owned()
}

/// The line as it stands there, but for the port.
fn shell(line: &Line, port: u16, token: &str, options: &str) -> Command {
    let curl = format!("exec curl -sS --max-time {} {options} ", PATIENCE.as_secs());
    let command = line.command.replacen("curl ", &curl, 1).replace("localhost:8080", &format!("localhost:{port}"));
    let mut shell = Command::new("sh");
    shell.args(["-c", &command]).env("TOKEN", token).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    shell
}

/// Runs a line and gives the status and the answer.
async fn curl(line: &Line, port: u16, token: &str) -> (u16, String) {
    let output = shell(line, port, token, "-w '\\nstatus %{http_code}'").output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, status) = text.rsplit_once("\nstatus ").unwrap_or_else(|| {
        panic!("{}: {}", line.command, String::from_utf8_lossy(&output.stderr));
    });
    (status.parse().unwrap(), body.to_owned())
}

mod embedded {
    use super::*;

    #[tokio::test]
    async fn every_curl_line_of_the_readme_does_what_it_says() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        let port = mesh.address("broker").port();
        let (lines, token) = (lines(&readme()), token(&readme(), &mesh).await);
        assert!(lines.len() >= 7, "the README has only {} curl lines", lines.len());
        for line in &lines {
            let (status, body) = match line.streams() {
                true => streamed(line, &mesh, &token).await,
                false => curl(line, port, &token).await,
            };
            match line.status {
                Some(expected) => assert_eq!(status, expected, "{}\n{body}", line.command),
                None => assert!((200..300).contains(&status), "{}\n{status}: {body}", line.command),
            }
        }
        mesh.stop().await;
    }

    /// The status and what came until an entry was read that was written meanwhile, again and again.
    async fn streamed(line: &Line, mesh: &Mesh, token: &str) -> (u16, String) {
        let mut curl = shell(line, mesh.address("broker").port(), token, "-i").spawn().unwrap();
        let mut output = BufReader::new(curl.stdout.take().unwrap()).lines();
        let reading = async {
            let mut text = String::new();
            while !text.contains("while it is read") {
                text.push_str(&output.next_line().await.unwrap().unwrap_or_else(|| panic!("only this came: {text}")));
                text.push('\n');
            }
            text
        };
        let writing = eventually("what is written is streamed", async || {
            mesh.post("/v1/logs", &json!({"name": "event", "data": "while it is read"})).await.expect(201);
            None
        });
        let text = tokio::select! { text = reading => text, never = writing => never };
        let status = text.split_whitespace().nth(1).unwrap().parse().unwrap();
        (status, text)
    }

    #[tokio::test]
    async fn its_three_lines_put_ones_own_service_behind_the_broker() {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let files = axum::Router::new().route("/hello.txt", axum::routing::get(|| async { "hello from here" }));
        tokio::spawn(async move { axum::serve(socket, files).await });
        let mut mesh = Mesh::start(Way::Embedded).await;
        let (text, stands) = (readme(), "localhost:3000");
        assert!(rows(&text).contains(stands), "{}", rows(&text));
        mesh.add_routes(&rows(&text).replace(stands, &format!("localhost:{port}")));
        let answer = eventually("the row is in force", async || {
            let answer = mesh.get("/mine/hello.txt").await;
            (answer.status == 200).then_some(answer)
        });
        assert_eq!(answer.await.body, "hello from here");
        mesh.stop().await;
    }

    #[test]
    fn lines_are_found_with_their_status() {
        let text = "```sh\nmake run\ncurl localhost:8080/a   # 201 the entry\ncurl -N localhost:8080/b\n```\n\
            ```toml\ncurl localhost:8080/c\n```\n";
        let found: Vec<_> = lines(text).into_iter().map(|line| (line.command, line.status)).collect();
        let expected = [("curl localhost:8080/a".to_owned(), Some(201)), ("curl -N localhost:8080/b".to_owned(), None)];
        assert_eq!(found, expected);
    }
}
