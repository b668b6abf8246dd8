//! What others must be able to look up later: who signed in, whose role changed, who was deleted. Every such thing is an
//! event `audit.*` in the outbox of the transaction that did it, made as an entry of the activity log: ids and nothing
//! else, never an e-mail, a password, a token or a hash.

use bus::{Event, Outbox};
use mesh::Error;
use mesh::db::Tx;
use serde::Serialize;

pub(crate) const SOURCE: &str = "/authenticator";

/// What happened. Sessions and keys are named by their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audit<'a> {
    SignedIn {
        session: &'a str,
    },
    SignInFailed,
    SignedOut {
        session: &'a str,
    },
    /// A refresh token that had been replaced long ago was shown: somebody has a copy, and the session has ended.
    SessionReuse {
        session: &'a str,
    },
    Registered,
    PasswordChanged,
    EmailChanged,
    RoleChanged {
        role: &'a str,
    },
    Disabled,
    Enabled,
    Deleted,
    ApiKeyCreated {
        key: &'a str,
    },
    ApiKeyRevoked {
        key: &'a str,
    },
    ResetLinkMade,
    ResetLinkUsed,
}

impl Audit<'_> {
    /// The event's kind and the entry's name.
    fn kind(self) -> &'static str {
        match self {
            Self::SignedIn { .. } => "audit.sign_in",
            Self::SignInFailed => "audit.sign_in_failed",
            Self::SignedOut { .. } => "audit.sign_out",
            Self::SessionReuse { .. } => "audit.session_reuse",
            Self::Registered => "audit.registered",
            Self::PasswordChanged => "audit.password_changed",
            Self::EmailChanged => "audit.email_changed",
            Self::RoleChanged { .. } => "audit.role_changed",
            Self::Disabled => "audit.disabled",
            Self::Enabled => "audit.enabled",
            Self::Deleted => "audit.deleted",
            Self::ApiKeyCreated { .. } => "audit.api_key_created",
            Self::ApiKeyRevoked { .. } => "audit.api_key_revoked",
            Self::ResetLinkMade => "audit.reset_link_made",
            Self::ResetLinkUsed => "audit.reset_link_used",
        }
    }

    fn level(self) -> &'static str {
        match self {
            Self::SignInFailed | Self::SessionReuse { .. } => "WARNING",
            _ => "INFO",
        }
    }
}

/// `data` of the entry, as JSON text.
#[derive(Debug, Serialize)]
struct Data<'a> {
    /// Whom it happened to; none where nobody has the e-mail that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    /// Who did it: the user, an admin, or nobody who was signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
}

/// A `logger.v1.WriteRequest`; its id is the event's.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    name: &'a str,
    level: &'a str,
    data: String,
}

/// Puts `what` into the outbox, with what else `tx` does. `actor` did it to `subject`; both are users' ids.
pub(crate) async fn record(
    outbox: &Outbox,
    tx: &mut Tx,
    actor: Option<&str>,
    subject: Option<&str>,
    what: Audit<'_>,
) -> Result<(), Error> {
    outbox.add(tx, &event(actor, subject, what)?).await
}

fn event(actor: Option<&str>, subject: Option<&str>, what: Audit<'_>) -> Result<Event, Error> {
    let mut data = Data { user: subject, actor, session: None, key: None, role: None };
    match what {
        Audit::SignedIn { session } | Audit::SignedOut { session } | Audit::SessionReuse { session } => {
            data.session = Some(session);
        }
        Audit::ApiKeyCreated { key } | Audit::ApiKeyRevoked { key } => data.key = Some(key),
        Audit::RoleChanged { role } => data.role = Some(role),
        _ => {}
    }
    let data = serde_json::to_string(&data).map_err(Error::internal)?;
    let entry = Entry { name: what.kind(), level: what.level(), data };
    let body = serde_json::to_vec(&entry).map_err(Error::internal)?;
    Ok(Event { subject: subject.map(str::to_owned), ..Event::new(what.kind(), SOURCE, body) })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_event_is_an_entry_of_the_activity_log_with_ids_alone() {
        let event = event(Some("boss"), Some("ada"), Audit::RoleChanged { role: "admin" }).unwrap();
        assert_eq!((event.kind.as_str(), event.subject.as_deref()), ("audit.role_changed", Some("ada")));
        let body: Value = serde_json::from_slice(&event.body).unwrap();
        assert_eq!((&body["name"], &body["level"]), (&json!("audit.role_changed"), &json!("INFO")));
        let data: Value = serde_json::from_str(body["data"].as_str().unwrap()).unwrap();
        assert_eq!(data, json!({"user": "ada", "actor": "boss", "role": "admin"}));
    }

    #[test]
    fn a_failure_of_nobody_known_names_nobody() {
        let event = event(None, None, Audit::SignInFailed).unwrap();
        assert_eq!(event.body, r#"{"name":"audit.sign_in_failed","level":"WARNING","data":"{}"}"#);
    }
}
