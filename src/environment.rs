//! The variables of the process and, below them, those of a `.env` file in the working directory: what is set outside
//! wins, as it does with docker compose. What may hold a secret can also be in a file of its own, named by `…_FILE`, as
//! containers are given them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, bail};
use mesh::Env;

/// `variables` on top of the file's, if there is such a file. One that is not text is left out and named: most likely
/// it is none of ours, and if it is one, it counts as not set.
pub(crate) fn read(variables: impl Iterator<Item = (OsString, OsString)>, file: &Path) -> anyhow::Result<Env> {
    let mut all = match std::fs::read_to_string(file) {
        Ok(text) => parse(&text).with_context(|| format!("{} cannot be read", file.display()))?,
        Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
    };
    for (name, value) in variables {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => drop(all.insert(name, value)),
            (Ok(name), Err(_)) => eprintln!("{name} is not read: its value is not UTF-8"),
            // A name that is not UTF-8 is none of ours.
            (Err(_), _) => {}
        }
    }
    read_secrets(&mut all)?;
    Ok(Env::new(all))
}

/// Puts in the place of `RABBITMQ_URL_FILE` and its like what is in the file. Other names are left alone: programs beside
/// this one have variables such as `SSL_CERT_FILE`.
fn read_secrets(all: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
    let is_secret = |name: &str| ["_URL", "_KEYS", "_SECRET"].iter().any(|end| name.ends_with(end));
    let named: Vec<_> = all
        .iter()
        .filter_map(|(name, file)| Some((name.strip_suffix("_FILE")?.to_owned(), file.clone())))
        .filter(|(name, file)| is_secret(name) && !file.trim().is_empty())
        .collect();
    for (name, file) in named {
        if all.get(&name).is_some_and(|value| !value.trim().is_empty()) {
            bail!("{name}_FILE: {name} is set too; leave one of them out");
        }
        let value = std::fs::read_to_string(&file).with_context(|| format!("{name}_FILE: {file} cannot be read"))?;
        if value.trim().is_empty() {
            bail!("{name}_FILE: {file} is empty");
        }
        all.insert(name, value.trim().to_owned());
    }
    Ok(())
}

fn parse(text: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let assignment = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = assignment.split_once('=') else {
            bail!("line {}: expected NAME=value", number + 1);
        };
        all.insert(name.trim().to_owned(), unquoted(value.trim()).to_owned());
    }
    Ok(all)
}

/// Quotes around a value are taken off; a comment after an unquoted one as well.
fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some((inner, _)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inner;
        }
    }
    value.split_once(" #").map_or(value, |(value, _)| value.trim_end())
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn a_file_is_read_and_the_process_wins() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env");
        let text = "# engines\nA=1\nexport B = two words # why\nC=\"x # y\"\nD='z'\n\nURL=amqp://a:b@h/?x=#1\n";
        std::fs::write(&file, text).unwrap();
        let env = read([("A".into(), "2".into())].into_iter(), &file).unwrap();
        let values = ["A", "B", "C", "D", "URL"].map(|name| env.variables()[name].as_str());
        assert_eq!(values, ["2", "two words", "x # y", "z", "amqp://a:b@h/?x=#1"]);
    }

    #[test]
    fn a_line_without_a_value_is_named() {
        assert_eq!(parse("A=1\nB\n").unwrap_err().to_string(), "line 2: expected NAME=value");
    }

    #[test]
    fn what_is_not_text_is_left_out() {
        let odd = OsString::from_vec(vec![b'x', 0xff]);
        let variables = [("B".into(), odd.clone()), (odd, "1".into()), ("A".into(), "1".into())];
        let env = read(variables.into_iter(), Path::new("/nowhere/.env")).unwrap();
        assert_eq!(env.variables().keys().collect::<Vec<_>>(), ["A"]);
    }

    #[test]
    fn a_secret_may_be_in_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("rabbitmq");
        let url = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
        let read_with = |more: &[(OsString, OsString)]| {
            let file = url("RABBITMQ_URL_FILE", secret.to_str().unwrap());
            read(more.iter().cloned().chain([file]), Path::new("/nowhere/.env"))
        };
        let missing = read_with(&[]).unwrap_err();
        assert!(missing.to_string().starts_with("RABBITMQ_URL_FILE: "), "{missing}");
        std::fs::write(&secret, "\n").unwrap();
        assert!(read_with(&[]).unwrap_err().to_string().ends_with("is empty"));
        std::fs::write(&secret, "amqp://a:b@h/\n").unwrap();
        let env = read_with(&[url("SSL_CERT_FILE", "/nowhere"), url("RABBITMQ_URL", "")]).unwrap();
        assert_eq!(env.variables()["RABBITMQ_URL"], "amqp://a:b@h/");
        assert!(!env.variables().contains_key("SSL_CERT"), "which is none of ours");
        let both = read_with(&[url("RABBITMQ_URL", "amqp://x/")]).unwrap_err();
        assert!(both.to_string().contains("leave one of them out"), "{both}");
    }

    #[test]
    fn no_file_is_no_error() {
        assert!(read(std::iter::empty(), Path::new("/nowhere/.env")).is_ok());
    }
}
