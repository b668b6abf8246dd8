//! What operations have in common, said once under `components`: headers, parameters, the problem and its answers.

use serde_json::{Map, Value, json};

use super::schema::{Schemas, reference};

/// An answer that is an error: status, name under `components/responses`, what it means, and which headers come along.
struct Refusal {
    status: &'static str,
    name: &'static str,
    means: &'static str,
    headers: &'static [&'static str],
}

const fn refusal(
    status: &'static str,
    name: &'static str,
    means: &'static str,
    headers: &'static [&'static str],
) -> Refusal {
    Refusal { status, name, means, headers }
}

#[rustfmt::skip]
const REFUSALS: [Refusal; 19] = [
    refusal("400", "Invalid", "The request is wrong; `errors` names the fields.", &[]),
    refusal("401", "Unauthenticated", "No token was sent, or the one that was is not believed.", &["WWW-Authenticate"]),
    refusal("403", "Forbidden", "The role is missing, or the service refuses this caller.", &["WWW-Authenticate"]),
    refusal("404", "NotFound", "There is no such thing.", &[]),
    refusal("405", "WrongMethod", "The path takes other methods.", &["Allow"]),
    refusal("408", "TooSlow", "The body did not arrive in time.", &[]),
    refusal("409", "Conflict", "It is there already, or is being done at this moment.", &["Retry-After"]),
    refusal("413", "TooLarge", "The body has more than 1 MiB.", &[]),
    refusal("422", "Unprocessable", "It makes no sense, or the Idempotency-Key belongs to another body.", &[]),
    refusal("429", "TooMany", "The caller, or everybody together, calls too often.", &["Retry-After", "RateLimit", "RateLimit-Policy"]),
    refusal("499", "Cancelled", "The call was cancelled before it was answered.", &[]),
    refusal("500", "Fault", "A fault on this side; `trace_id` finds it in the log.", &[]),
    refusal("501", "Unimplemented", "The service does not know this method.", &[]),
    refusal("502", "BadAnswer", "The service answered something that is no answer.", &[]),
    refusal("503", "Unavailable", "Something is away or busy: try again.", &["Retry-After"]),
    refusal("504", "Late", "The deadline passed; `detail` says where.", &[]),
    refusal("4XX", "Refused", "The service refuses it, in its own words.", &["Retry-After", "WWW-Authenticate"]),
    refusal("5XX", "Failed", "The service failed, in its own words.", &["Retry-After"]),
    refusal("410", "Gone", "It was there, and is not kept any longer.", &[]),
];

/// The answers with these statuses; in an envelope where the row says so.
pub(super) fn refusals(statuses: &[&str], is_enveloped: bool) -> Map<String, Value> {
    let wanted = REFUSALS.iter().filter(|refusal| statuses.contains(&refusal.status));
    wanted.map(|refusal| (refusal.status.to_owned(), response(&named(refusal.name, is_enveloped)))).collect()
}

fn named(name: &str, is_enveloped: bool) -> String {
    if is_enveloped { format!("{name}InEnvelope") } else { name.to_owned() }
}

fn response(name: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

pub(super) fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

pub(super) fn parameter(name: &str) -> Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

/// `{error, message, data}` around a success.
pub(super) fn enveloped(data: &Value) -> Value {
    json!({
        "type": "object",
        "properties": { "error": { "const": false }, "message": { "type": "string" }, "data": data },
        "required": ["error", "message", "data"],
    })
}

pub(super) fn components(mut schemas: Schemas) -> Value {
    let problem = schemas.add("Problem", problem());
    schemas.add(
        "ProblemInEnvelope",
        json!({
            "type": "object",
            "properties": { "error": { "const": true }, "message": { "type": "string" }, "data": problem },
            "required": ["error", "message", "data"],
        }),
    );
    json!({
        "headers": headers(),
        "parameters": parameters(),
        "responses": responses(),
        "schemas": schemas.into_components(),
        "securitySchemes": { "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token of one of the issuers, or an API key.",
        }},
    })
}

fn responses() -> Map<String, Value> {
    let one = |refusal: &Refusal, is_enveloped: bool| {
        let (kind, schema) = match is_enveloped {
            true => ("application/json", reference("ProblemInEnvelope")),
            false => ("application/problem+json", reference("Problem")),
        };
        let names = refusal.headers.iter().chain(&["x-request-id", "x-attempts"]);
        let headers: Map<String, Value> = names.map(|name| ((*name).to_owned(), header(name))).collect();
        let response =
            json!({ "description": refusal.means, "headers": headers, "content": { kind: { "schema": schema } } });
        (named(refusal.name, is_enveloped), response)
    };
    REFUSALS.iter().flat_map(|refusal| [one(refusal, false), one(refusal, true)]).collect()
}

/// RFC 9457, with what the mesh adds.
fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "properties": {
            "type": { "type": "string", "format": "uri-reference" },
            "title": { "type": "string" },
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": { "type": "string", "description": "What is wrong and what to do." },
            "instance": { "type": "string", "description": "The path that was asked for." },
            "code": { "type": "string", "description": "The code of google.rpc, in small letters." },
            "trace_id": { "type": "string", "description": "Finds the call in the log." },
            "retry_after": { "type": "integer", "minimum": 1, "description": "Seconds, as in the header." },
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": { "field": { "type": "string" }, "detail": { "type": "string" } },
                    "required": ["field", "detail"],
                },
            },
        },
        "required": ["type", "title", "status", "detail", "code"],
        "example": {
            "type": "about:blank", "title": "Bad Request", "status": 400, "detail": "limit: must be from 1 to 500",
            "instance": "/v1/logs", "code": "invalid_argument", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
            "errors": [{ "field": "limit", "detail": "must be from 1 to 500" }],
        },
    })
}

fn headers() -> Value {
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let number = |description: &str, least: u32| json!({ "description": description, "schema": { "type": "integer", "minimum": least } });
    json!({
        "Allow": text("The methods that the path takes."),
        "ETag": text("Changes when the document does."),
        "Idempotency-Replayed": text("`true` where the answer to an earlier call with the same key is given again."),
        "Location": text("Where the result will be."),
        "Preference-Applied": text("What was followed of `Prefer`."),
        "RateLimit": text("What is left, as `\"caller\";r=199;t=1`: calls, and seconds until there are more."),
        "RateLimit-Policy": text("The limit, as `\"caller\";q=200;w=1`: calls, and for how many seconds they are."),
        "Retry-After": number("When to try again, in seconds.", 1),
        "WWW-Authenticate": text("`Bearer`; with `error=\"invalid_token\"` where a token is not believed, with \
            `error=\"insufficient_scope\"` where a role is missing."),
        "x-attempts": number("How often the service was asked, where that was more than once.", 2),
        "x-request-id": text("The caller's own id, else one that was made; finds the call in the log."),
    })
}

fn parameters() -> Value {
    let header = |name: &str, description: &str, schema: Value| json!({ "name": name, "in": "header", "description": description, "schema": schema });
    json!({
        "IdempotencyKey": header(
            "Idempotency-Key",
            "Makes the repetition of a call the same call. Draw it at random, such as a UUID.",
            json!({ "type": "string", "pattern": "^[!-~]{1,255}$" }),
        ),
        "Prefer": header(
            "Prefer",
            "`respond-async` answers 202 at once, `wait=N` waits for at most N seconds before that (RFC 7240).",
            json!({ "type": "string" }),
        ),
        "RequestId": header("x-request-id", "An id of the caller's own, which the answer repeats.", json!({ "type": "string" })),
        "Timeout": header(
            "x-timeout-ms",
            "How long the call may take, in milliseconds, where that is less than the row's timeout.",
            json!({ "type": "integer", "minimum": 1 }),
        ),
        "Traceparent": header("traceparent", "The trace to go on with (W3C Trace Context).", json!({ "type": "string" })),
    })
}
