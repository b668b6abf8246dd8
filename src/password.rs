//! A password from whoever runs a command: typed at a terminal, where it is not shown, or the first line of standard
//! input. Never an argument, which every user of the machine can read.

use std::io::{BufRead, IsTerminal, Read, Stdin, Write};

use anyhow::{Context, bail, ensure};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;

/// bcrypt reads 72 bytes; whoever sends more than this pipes the wrong file.
const LONGEST: u64 = 4 << 10;

/// Asks for `what` at a terminal; an interrupt gives the terminal back as it was.
pub(crate) async fn ask(what: &str) -> anyhow::Result<SecretString> {
    let stdin = std::io::stdin();
    let hidden = stdin.is_terminal().then(|| Hidden::on(what)).transpose()?;
    let reading = tokio::task::spawn_blocking(move || read(&stdin));
    let read = tokio::select! {
        read = reading => read?,
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
    };
    drop(hidden);
    read.with_context(|| format!("{what} cannot be read"))
}

fn read(stdin: &Stdin) -> anyhow::Result<SecretString> {
    let mut line = String::new();
    stdin.lock().take(LONGEST).read_line(&mut line)?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    ensure!(!line.is_empty(), "expected it on standard input, found nothing");
    Ok(SecretString::from(line))
}

/// The terminal shows nothing of what is typed for as long as this lives.
struct Hidden {
    before: Termios,
}

impl Hidden {
    fn on(what: &str) -> anyhow::Result<Self> {
        let before = tcgetattr(std::io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(std::io::stdin(), OptionalActions::Flush, &silent)?;
        eprint!("{what}: ");
        let _ = std::io::stderr().flush();
        Ok(Self { before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Flush, &self.before);
        // The end of the line was not shown either.
        eprintln!();
    }
}
