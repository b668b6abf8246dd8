//! Where the route table is, what its `${NAME}`s stand for, and who comes in by the door that reads it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mesh::config::{ConfigError, Env, Process};

use crate::table::{self, Diagnostic, Table};

/// The table of a binary that finds no file.
const DEFAULT: &str = include_str!("../../../routes.toml");

/// Where the table is and what its `${NAME}`s stand for.
#[derive(Debug, Clone)]
pub struct Config {
    /// A file that has to exist, or `./routes.toml` if that does, or the built-in table.
    pub(crate) file: Option<PathBuf>,
    variables: Arc<BTreeMap<String, String>>,
    /// Where people call in, and whether in production: nowhere else is a token to be verified.
    pub(crate) callers: Option<Production>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Production(pub(crate) bool);

impl Config {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let file = match env.optional("SWITCHBOARD_ROUTES") {
            Some(file) => Some(PathBuf::from(file)),
            None => Some(PathBuf::from("routes.toml")).filter(|file| file.exists()),
        };
        if let Some(missing) = file.as_ref().filter(|file| !file.is_file()) {
            let detail = format!("there is no file {}", missing.display());
            return Err(ConfigError::new("SWITCHBOARD_ROUTES", detail));
        }
        Ok(Self { file, variables: Arc::new(env.variables().clone()), callers: None })
    }

    /// The same, for a door that callers come in by: their tokens are verified.
    #[must_use]
    pub fn for_callers(mut self, process: &Process) -> Self {
        self.callers = Some(Production(process.production));
        self
    }

    /// The same, for another file.
    #[must_use]
    pub fn with_file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    /// What a person is told of where the table is.
    pub fn describe(&self) -> String {
        self.file.as_ref().map_or_else(|| "built in".to_owned(), |file| file.display().to_string())
    }

    pub(crate) fn text(&self) -> Result<String, Vec<Diagnostic>> {
        let Some(file) = &self.file else { return Ok(DEFAULT.to_owned()) };
        std::fs::read_to_string(file).map_err(|error| {
            let message = format!("cannot be read: {error}");
            vec![Diagnostic {
                file: self.describe(),
                line: 1,
                column: 1,
                message,
                remedy: "name another file by SWITCHBOARD_ROUTES".to_owned(),
            }]
        })
    }
}

/// Reads the table once.
pub fn load(config: &Config) -> Result<Table, Vec<Diagnostic>> {
    parse(config, &config.text()?)
}

/// A text in the place of the file's.
pub(crate) fn parse(config: &Config, text: &str) -> Result<Table, Vec<Diagnostic>> {
    table::parse(&config.describe(), text, |name| config.variables.get(name).cloned())
}
