//! A child must not outlive whoever started it, even if that is killed and can do nothing any more: a shell waits at the
//! end of a pipe that the system closes in every case, and ends the whole group.

use std::io::Write;
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use rustix::process::Pid;

/// A line means that all is well, the end of the pipe that nobody is there any more.
const WAIT: &str = r#"read -r _ || kill -s KILL -- "-$0""#;

pub(crate) struct Guard(Child);

impl Guard {
    /// Watches over a process group. It is in a group of its own, so that a Ctrl-C at a terminal does not take it first.
    pub(crate) fn over(group: Pid) -> anyhow::Result<Self> {
        use std::os::unix::process::CommandExt;
        let mut shell = Command::new("sh");
        shell.args(["-c", WAIT, &group.as_raw_nonzero().to_string()]).current_dir("/").process_group(0);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self(shell.spawn().context("cannot start sh, which is to end what is started here")?))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            let _ = pipe.write_all(b"\n");
        }
        let _ = self.0.wait();
    }
}
