//! What only descriptors can tell about a table: whether its methods and messages exist. Asked on a reload with what is
//! known, and by `switchboard check` of the services themselves.

use mesh::cache::Cache;

use crate::argument;
use crate::catalog::{Catalog, symbols_by_service};
use crate::line::transcode;
use crate::table::{Batch, Diagnostic, Line, Route, Schema, Table};
use crate::upstream::Upstreams;
use mesh::words::nearest;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

/// The mistakes that can be seen with the descriptors at hand; services that are not known yet are given the benefit
/// of the doubt.
pub(crate) fn known(file: &str, table: &Table, catalog: &Catalog) -> Vec<Diagnostic> {
    table.routes.iter().filter_map(|route| mistake(file, route, catalog)).collect()
}

/// The same after asking every gRPC service that answers; the second list names those that could not be asked.
pub async fn check(file: &str, table: &Table) -> Result<(Vec<Diagnostic>, Vec<String>), mesh::Error> {
    let catalog = Catalog::new(Cache::in_memory())?;
    let unasked = ask(table, &catalog).await;
    Ok((known(file, table, &catalog), unasked))
}

/// Asks every gRPC service of the table once; gives those that did not answer.
pub(crate) async fn ask(table: &Table, catalog: &Catalog) -> Vec<String> {
    let upstreams = Upstreams::default();
    let mut unasked = Vec::new();
    for (name, symbols) in symbols_by_service(table) {
        let Some(service) = table.services.get(&name) else { continue };
        if catalog.ask_once(&name, &symbols, &upstreams.of(service)).await.is_err() {
            unasked.push(name);
        }
    }
    unasked
}

fn mistake(file: &str, route: &Route, catalog: &Catalog) -> Option<Diagnostic> {
    let found = method_of(route, catalog).and_then(|method| match (&route.batch, method) {
        (Some(batch), Some(method)) => fields_of(batch, &method),
        (None, Some(method)) if route.asynchronous && method.is_server_streaming() => {
            Err(("'async' has no use in a row that answers with a stream".to_owned(), "remove it".to_owned()))
        }
        _ => Ok(()),
    });
    let found = found.and_then(|()| schema_of(route, catalog)).and_then(|()| example_of(route, catalog));
    let (message, remedy) = found.err()?;
    Some(Diagnostic { file: file.to_owned(), line: route.line, column: 1, message, remedy })
}

/// What is wrong, and what to do.
type Mistake = (String, String);

/// The method that a gRPC row calls; none where nothing is known of its service yet.
fn method_of(route: &Route, catalog: &Catalog) -> Result<Option<MethodDescriptor>, Mistake> {
    let Line::Grpc { service, method } = &route.call else { return Ok(None) };
    if let Some(found) = catalog.method(service, method) {
        return Ok(Some(found));
    }
    let known = catalog.methods(service);
    let near = nearest(method, known.iter().map(String::as_str));
    if near.is_none() && !catalog.knows(service) {
        return Ok(None);
    }
    Err((format!("service '{service}' has no method '{method}'"), did_you_mean(near, "its methods are", &known)))
}

/// The fields that a batch names have to be there: a list, and in each of its entries an id and a time.
fn fields_of(batch: &Batch, method: &MethodDescriptor) -> Result<(), Mistake> {
    let input = method.input();
    let list = named(&input, &batch.into, "batch.into", FieldDescriptor::is_list)?;
    if let Kind::Message(entry) = list.kind() {
        for (field, option) in [(&batch.id, "batch.id"), (&batch.time, "batch.time")] {
            field.as_ref().map_or(Ok(()), |field| named(&entry, field, option, |_| true).map(drop))?;
        }
    }
    match &batch.results {
        Some(results) => named(&method.output(), results, "batch.results", FieldDescriptor::is_list).map(drop),
        None => Ok(()),
    }
}

fn named(
    message: &MessageDescriptor,
    name: &str,
    option: &str,
    fits: impl Fn(&FieldDescriptor) -> bool,
) -> Result<FieldDescriptor, Mistake> {
    if let Some(field) = message.get_field_by_name(name).filter(&fits) {
        return Ok(field);
    }
    let known: Vec<String> = message.fields().filter(fits).map(|field| field.name().to_owned()).collect();
    let near = nearest(name, known.iter().map(String::as_str));
    let what = format!("{option} is '{name}', which {} does not have", message.full_name());
    Err((what, did_you_mean(near, "it has", &known)))
}

fn schema_of(route: &Route, catalog: &Catalog) -> Result<(), Mistake> {
    let Some(Schema { service, message }) = &route.schema else { return Ok(()) };
    if catalog.message(service, message).is_some() {
        return Ok(());
    }
    let known = catalog.messages(service);
    let near = nearest(message, known.iter().map(String::as_str));
    if near.is_none() && !catalog.knows(service) {
        return Ok(());
    }
    Err((format!("service '{service}' has no message '{message}'"), did_you_mean(near, "its messages are", &known)))
}

/// An example has to be what the row's message takes, once args has made of it what the service is sent.
fn example_of(route: &Route, catalog: &Catalog) -> Result<(), Mistake> {
    let (Some(example), Some(message)) = (&route.example, input_of(route, catalog)) else { return Ok(()) };
    let mut argument = example.clone();
    let fits = argument::apply(&mut argument, &route.args).and_then(|()| {
        transcode::coerce(&message, &mut argument);
        transcode::from_object(&message, &argument).map(drop)
    });
    let mistake = |error: mesh::Error| {
        let message = format!("the example is no {}: {}", message.full_name(), error.detail);
        (message, "write what a caller may send".to_owned())
    };
    fits.map_err(mistake)
}

/// The message that the argument of a row becomes, where that is known.
pub(crate) fn input_of(route: &Route, catalog: &Catalog) -> Option<MessageDescriptor> {
    match (&route.call, &route.schema) {
        (Line::Grpc { service, method }, _) => catalog.method(service, method).map(|method| method.input()),
        (_, Some(Schema { service, message })) => catalog.message(service, message),
        _ => None,
    }
}

fn did_you_mean(near: Option<&str>, those_there_are: &str, known: &[String]) -> String {
    match near {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("{those_there_are} {}", known.join(", ")),
    }
}
