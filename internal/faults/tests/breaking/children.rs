//! A child ends when it is told to, when it is dropped, and when whoever started it is gone without a word.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use faults::Child;
use tokio::io::AsyncBufReadExt;
use tokio::process::Command;

use crate::{PATIENCE, until};

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

async fn line(child: &mut Child) -> String {
    let output = child.streams().stdout.take().unwrap();
    tokio::io::BufReader::new(output).lines().next_line().await.unwrap().unwrap()
}

fn is_there(pid: &str) -> bool {
    // A zombie is gone for everybody but its parent.
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn a_child_that_is_killed_takes_its_own_children_with_it() {
    let mut child = Child::spawn(shell("sleep 1000 & echo $!; wait")).unwrap();
    let grandchild = line(&mut child).await;
    assert!(is_there(&grandchild) && child.resident().unwrap() > 0);
    let status = child.kill().await.unwrap();
    assert_eq!(status.signal(), Some(9));
    until("the grandchild is gone", async || !is_there(&grandchild)).await;
    assert_eq!(child.resident(), None);
}

#[tokio::test]
async fn a_child_that_ends_by_itself_takes_its_own_children_with_it() {
    for asked in [false, true] {
        let mut child = Child::spawn(shell("sleep 600 & echo $!; read -r _ < /dev/null")).unwrap();
        let grandchild = line(&mut child).await;
        if asked {
            until("it has ended", async || child.status().unwrap().is_some()).await;
        }
        child.ended(PATIENCE).await.unwrap();
        until("its child is gone", async || !is_there(&grandchild)).await;
    }
}

#[tokio::test]
async fn a_paused_child_does_nothing_until_it_may_go_on() {
    // Without a program of its own in the loop: a shell that waits for one to begin (vfork) is not seen as stopped.
    let mut child = Child::spawn(shell("trap 'exit 7' TERM; echo ready; while :; do :; done")).unwrap();
    assert_eq!(line(&mut child).await, "ready");
    child.pause();
    let stat = format!("/proc/{}/stat", child.pid());
    until("it has stopped", async || std::fs::read_to_string(&stat).unwrap().contains(") T ")).await;
    child.terminate();
    assert!(child.status().unwrap().is_none());
    child.resume();
    assert_eq!(child.ended(PATIENCE).await.unwrap().code(), Some(7));
}

#[tokio::test]
async fn a_child_does_not_outlive_the_one_that_drops_it() {
    let mut child = Child::spawn(shell("echo $$; exec sleep 1000")).unwrap();
    let pid = line(&mut child).await;
    assert!(is_there(&pid));
    drop(child);
    assert!(!is_there(&pid));
}

/// The starter is this test, in a process of its own that is killed.
#[tokio::test]
async fn a_child_does_not_outlive_a_starter_that_was_killed() {
    const STARTER: &str = "FAULTS_TEST_STARTER";
    if std::env::var_os(STARTER).is_some() {
        let mut child = Child::spawn(shell("echo $$; exec sleep 1000")).unwrap();
        // Not println, which the test runner keeps for itself.
        std::io::Write::write_all(&mut std::io::stderr(), format!("{}\n", line(&mut child).await).as_bytes()).unwrap();
        std::future::pending::<()>().await;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "children::a_child_does_not_outlive_a_starter_that_was_killed", "--nocapture"]);
    command.env(STARTER, "1").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut starter = command.kill_on_drop(true).spawn().unwrap();
    let mut lines = tokio::io::BufReader::new(starter.stderr.take().unwrap()).lines();
    let pid = lines.next_line().await.unwrap().unwrap();
    assert!(is_there(&pid), "{pid}");
    starter.kill().await.unwrap();
    until("the child is gone", async || !is_there(&pid)).await;
}
