//! What was asked of AWS, by whom and about what, one line for each kind of call: to hold against the permissions that a deployment gives.
//!
//! A caller is known by its access key, as on AWS. Nothing is written unless the environment names a file; several processes may write to one.

use http::Uri;
use s3s::S3Result;
use s3s::auth::{S3Auth, SecretKey};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use std::future::Future;
use std::io::Write as _;
use std::pin::Pin;
use std::sync::{LazyLock, Mutex, PoisonError};

/// The variable that names the file.
const VARIABLE: &str = "COUNTERSIGN_CALLS";

static FILE: LazyLock<Option<String>> = LazyLock::new(|| std::env::var(VARIABLE).ok());
static WRITTEN: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// Whether anything is to be recorded.
pub(crate) fn wanted() -> bool {
    FILE.is_some()
}

/// Writes what a call of a JSON service needs.
pub(crate) fn json(caller: &str, service: &str, operation: &str, body: &Value) {
    for (action, resource) in needs(service, operation, body) {
        write(&format!("{caller} {service}:{action} {resource}"));
    }
}

/// Writes what a call of S3 needs: an action on a folder of a bucket.
pub(crate) fn document(caller: &str, operation: &str, uri: &Uri) {
    let path = uri.path().trim_start_matches('/');
    let folder = path.split('/').take(2).collect::<Vec<_>>().join("/");
    let action = if operation == "HeadObject" { "GetObject" } else { operation };
    write(&format!("{caller} s3:{action} {folder}"));
}

/// The actions that IAM asks for, which are not always called as the operation is.
fn needs(service: &str, operation: &str, body: &Value) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |action: &str, resource: String| BTreeSet::from([(action.to_owned(), resource)]);
    match (service, operation) {
        ("dynamodb", "TransactWriteItems") => {
            let parts = body["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            parts
                .map(|(part, item)| {
                    let action =
                        if part == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{part}Item") };
                    (action, text(&item["TableName"]))
                })
                .collect()
        }
        ("dynamodb", "BatchGetItem") => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(table, _)| (operation.to_owned(), table.clone())).collect()
        }
        ("dynamodb", _) => match body["IndexName"].as_str() {
            Some(index) => one(operation, format!("{}/index/{index}", text(&body["TableName"]))),
            None => one(operation, text(&body["TableName"])),
        },
        ("sqs", _) => {
            let queue = text(&body["QueueUrl"]);
            one(operation.trim_end_matches("Batch"), queue.rsplit('/').next().unwrap_or_default().to_owned())
        }
        _ => one(operation, "key".to_owned()),
    }
}

fn write(line: &str) {
    let Some(file) = FILE.as_ref() else { return };
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    if written.get_or_insert_default().insert(line.to_owned()) {
        let appended = std::fs::OpenOptions::new().create(true).append(true).open(file);
        if let Err(error) = appended.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes())) {
            tracing::error!("a call cannot be recorded in {file}: {error}");
        }
    }
}

/// Takes whoever knows the secret, under any name: the name says which function calls.
#[derive(Debug)]
pub(crate) struct AnyName(pub(crate) &'static str);

impl S3Auth for AnyName {
    fn get_secret_key<'a, 'b, 'c>(
        &'a self,
        _access_key: &'b str,
    ) -> Pin<Box<dyn Future<Output = S3Result<SecretKey>> + Send + 'c>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async { Ok(SecretKey::from(self.0)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(service: &str, operation: &str, body: &Value) -> String {
        needs(service, operation, body)
            .into_iter()
            .map(|(action, on)| format!("{action} {on}"))
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn calls_are_told_as_iam_asks_for_them() {
        let parts = json!({ "TransactItems": [
            { "Put": { "TableName": "t" } }, { "ConditionCheck": { "TableName": "t" } }, { "Put": { "TableName": "t" } },
        ] });
        assert_eq!(said("dynamodb", "TransactWriteItems", &parts), "ConditionCheckItem t, PutItem t");
        assert_eq!(said("dynamodb", "BatchGetItem", &json!({ "RequestItems": { "t": {} } })), "BatchGetItem t");
        let query = json!({ "TableName": "t", "IndexName": "by-due" });
        assert_eq!(said("dynamodb", "Query", &query), "Query t/index/by-due");
        let sent = json!({ "QueueUrl": "http://127.0.0.1:1/000000000000/q" });
        assert_eq!(said("sqs", "SendMessageBatch", &sent), "SendMessage q");
        assert_eq!(said("kms", "Decrypt", &json!({})), "Decrypt key");
    }
}
