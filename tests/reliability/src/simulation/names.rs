//! What an effect is called: its function, the call, and what the call is about. Two effects of one name are the same line of the product.

use std::collections::BTreeSet;

use serde_json::Value;

use super::seam::{Effect, Waiting};
use super::weather::service;

/// Function and call, for a trace.
pub fn short(waiting: &Waiting) -> String {
    let call = match &waiting.effect {
        Effect::Aws(request) => operation(request),
        Effect::Provider(request) => provider(request),
        Effect::Mail(_) => "mail".to_owned(),
    };
    format!("{} {call}", waiting.by.function)
}

/// Function, call, and what the call is about.
pub fn of(waiting: &Waiting) -> String {
    let about = match &waiting.effect {
        Effect::Aws(request) => about(request),
        Effect::Provider(_) | Effect::Mail(_) => String::new(),
    };
    format!("{} {about}", short(waiting)).trim_end().to_owned()
}

fn operation(request: &http::Request<Vec<u8>>) -> String {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    match target.and_then(|target| target.rsplit('.').next()) {
        Some(operation) => operation.to_owned(),
        None => format!("{} {}", service(request), request.method()),
    }
}

/// The call, without ids and tokens.
fn provider(request: &http::Request<Vec<u8>>) -> String {
    let parts: Vec<&str> = request.uri().path().split('/').filter(|part| !part.is_empty()).collect();
    let call = match parts.as_slice() {
        ["v3", "sign-flow", _, call] => call,
        ["upload" | "download", _] => parts[0],
        [.., last] => last,
        [] => "",
    };
    format!("e签宝 {call}")
}

fn about(request: &http::Request<Vec<u8>>) -> String {
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    let named: BTreeSet<String> = match operation(request).as_str() {
        "TransactWriteItems" => {
            let writes = body["TransactItems"].as_array().cloned().unwrap_or_default();
            writes.iter().filter_map(written).collect()
        }
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().cloned().unwrap_or_default();
            tables
                .values()
                .flat_map(|table| table["Keys"].as_array().cloned().unwrap_or_default())
                .map(|key| item(&key))
                .collect()
        }
        "Query" => BTreeSet::from([match body["IndexName"].as_str() {
            Some(index) => format!("{index} {}", kind_of_partition(&body)),
            None => "history".to_owned(),
        }]),
        "GetItem" | "UpdateItem" | "DeleteItem" => BTreeSet::from([item(&body["Key"])]),
        "PutItem" => BTreeSet::from([status(&body["Item"])]),
        "SendMessage" | "SendMessageBatch" => BTreeSet::from([body["QueueUrl"]
            .as_str()
            .and_then(|url| url.rsplit('/').next())
            .unwrap_or_default()
            .to_owned()]),
        "Encrypt" | "Decrypt" => BTreeSet::new(),
        _ => {
            let path = request.uri().path();
            BTreeSet::from([path
                .split('/')
                .find(|part| ["drafts", "signed", "held"].contains(part))
                .unwrap_or_default()
                .to_owned()])
        }
    };
    named.into_iter().collect::<Vec<_>>().join(" + ")
}

/// Which of the shards' kinds a query of an index is for.
fn kind_of_partition(body: &Value) -> String {
    let values = body["ExpressionAttributeValues"].as_object().cloned().unwrap_or_default();
    let shard = values.get(":shard").and_then(|value| value["S"].as_str()).unwrap_or_default();
    shard.split('#').next().unwrap_or_default().to_owned()
}

fn written(write: &Value) -> Option<String> {
    let (kind, of) = write.as_object()?.iter().next()?;
    let name = match kind.as_str() {
        "Put" => status(&of["Item"]),
        _ => item(&of["Key"]),
    };
    Some(match kind.as_str() {
        "ConditionCheck" => format!("check {name}"),
        "Delete" => format!("delete {name}"),
        _ => name,
    })
}

/// The item's kind, and for events and mails what they say.
fn status(of: &Value) -> String {
    let name = item(of);
    let told = of["kind"]["S"].as_str().or_else(|| of["status"]["S"].as_str());
    told.map_or_else(|| name.clone(), |told| format!("{name} {told}"))
}

fn item(key: &Value) -> String {
    let part =
        |name: &str| key[name]["S"].as_str().unwrap_or_default().split('#').next().unwrap_or_default().to_owned();
    match (part("pk").as_str(), part("sk").as_str()) {
        ("CONTRACT", sk) => sk.to_lowercase(),
        (pk, "MAIL") => format!("{} mail", pk.to_lowercase()),
        (_, sk) => sk.to_lowercase(),
    }
}
