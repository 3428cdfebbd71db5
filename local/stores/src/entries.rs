//! What requests to queues carry: values, messages and batches of them, checked before anything is done.

use crate::answer::{Refusal, text};
use crate::messages::Outgoing;
use crate::queue::Queue;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A batch has so many entries at most.
const BATCH: usize = 10;
/// A message has so many attributes at most.
const ATTRIBUTES: usize = 10;

/// A number of a request, if it is there.
pub(crate) fn number(request: &Value, name: &str, least: i64, most: i64) -> Result<Option<i64>, Refusal> {
    let Some(value) = request.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let refusal = || {
        let message =
            format!("Value {value} for parameter {name} is invalid. Reason: Must be between {least} and {most}.");
        Refusal::new("InvalidParameterValue", message)
    };
    let value = value.as_i64().filter(|value| (least..=most).contains(value));
    value.map(Some).ok_or_else(refusal)
}

/// A map of texts; empty where there is none.
pub(crate) fn texts(request: &Value, name: &str) -> Result<BTreeMap<String, String>, Refusal> {
    let Some(map) = request.get(name).filter(|map| !map.is_null()) else { return Ok(BTreeMap::new()) };
    serde_json::from_value(map.clone())
        .map_err(|_| Refusal::new("InvalidParameterValue", format!("{name} must be a map of texts.")))
}

/// The texts of some lists together.
pub(crate) fn names<'a>(request: &'a Value, lists: &[&str]) -> BTreeSet<&'a str> {
    let lists = lists.iter().filter_map(|list| request.get(list)?.as_array());
    lists.flatten().filter_map(Value::as_str).collect()
}

/// The message of a request or an entry.
pub(crate) fn outgoing(queue: &Queue, request: &Value) -> Result<Outgoing, Refusal> {
    let body = text(request, "MessageBody")?;
    let fits = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if body.is_empty() {
        return Err(Refusal::new("MissingParameter", "The request must contain the parameter MessageBody."));
    }
    if !body.chars().all(fits) {
        return Err(Refusal::new("InvalidMessageContents", "The message contains characters outside the allowed set."));
    }
    let attributes = match request.get("MessageAttributes") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(attributes)) => attributes.clone(),
        Some(_) => return Err(Refusal::new("InvalidParameterValue", "MessageAttributes must be a map.")),
    };
    if attributes.len() > ATTRIBUTES {
        let message =
            format!("Number of message attributes [{}] exceeds the allowed maximum [{ATTRIBUTES}].", attributes.len());
        return Err(Refusal::new("InvalidParameterValue", message));
    }
    let delay = number(request, "DelaySeconds", 0, 900)?.unwrap_or_else(|| queue.number("DelaySeconds"));
    let message = Outgoing { body: body.to_owned(), attributes, delay: delay.saturating_mul(1000) };
    let most = usize::try_from(queue.number("MaximumMessageSize")).unwrap_or(usize::MAX);
    if size(&message) > most {
        let message = format!("One or more parameters are invalid. Reason: Message must be shorter than {most} bytes.");
        return Err(Refusal::new("InvalidParameterValue", message));
    }
    Ok(message)
}

/// What counts against the queue's limit, in bytes: the body, and names, types and values of the attributes.
pub(crate) fn size(message: &Outgoing) -> usize {
    let attributes = message.attributes.iter().map(|(name, value)| {
        let parts = value.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_str);
        name.len().saturating_add(parts.map(str::len).sum())
    });
    attributes.fold(message.body.len(), usize::saturating_add)
}

/// The entries of a batch, each with its id.
pub(crate) fn entries(request: &Value) -> Result<Vec<(&str, &Value)>, Refusal> {
    let entries = request.get("Entries").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if entries.is_empty() {
        return Err(Refusal::new("EmptyBatchRequest", "The batch request doesn't contain any entries."));
    }
    if entries.len() > BATCH {
        let message = format!("Maximum number of entries per request are {BATCH}. You have sent {}.", entries.len());
        return Err(Refusal::new("TooManyEntriesInBatchRequest", message));
    }
    let entries = entries.iter().map(|entry| Ok((text(entry, "Id")?, entry))).collect::<Result<Vec<_>, Refusal>>()?;
    let ids: BTreeSet<&str> = entries.iter().map(|(id, _)| *id).collect();
    if ids.len() < entries.len() {
        return Err(Refusal::new(
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        ));
    }
    Ok(entries)
}

/// Does the work for each entry, and tells what succeeded and what failed.
///
/// # Errors
///
/// When the stores themselves fail: then the whole batch does.
pub(crate) fn batch(
    entries: &[(&str, &Value)],
    mut work: impl FnMut(&Value) -> Result<Value, Refusal>,
) -> Result<Value, Refusal> {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, entry) in entries {
        match work(entry) {
            Ok(mut done) => {
                if let Some(fields) = done.as_object_mut() {
                    fields.insert("Id".to_owned(), (*id).into());
                }
                successful.push(done);
            }
            Err(refusal) if refusal.status >= 500 => return Err(refusal),
            Err(refusal) => {
                failed.push(json!({ "Id": id, "Code": refusal.code, "Message": refusal.message, "SenderFault": true }))
            }
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> Queue {
        let attributes = BTreeMap::from([("MaximumMessageSize".to_owned(), "1024".to_owned())]);
        Queue { name: "q".to_owned(), attributes }
    }

    #[test]
    fn a_message_has_a_limited_size_and_printable_characters() {
        let refused = |request: Value| outgoing(&queue(), &request).map(|_| ()).unwrap_err().code;
        assert!(outgoing(&queue(), &json!({ "MessageBody": "x".repeat(1024) })).is_ok());
        assert_eq!(refused(json!({ "MessageBody": "x".repeat(1025) })), "InvalidParameterValue");
        assert_eq!(refused(json!({ "MessageBody": "a\u{1}b" })), "InvalidMessageContents");
        assert_eq!(refused(json!({ "MessageBody": "" })), "MissingParameter");
        assert_eq!(refused(json!({ "MessageBody": "a", "DelaySeconds": 901 })), "InvalidParameterValue");
        assert_eq!(refused(json!({ "MessageBody": 1 })), "MissingParameter");
    }

    #[test]
    fn a_batch_has_one_to_ten_entries_with_ids_of_their_own() {
        let ids = |ids: &[&str]| json!({ "Entries": ids.iter().map(|id| json!({ "Id": id })).collect::<Vec<_>>() });
        assert_eq!(entries(&ids(&["a", "b"])).unwrap().len(), 2);
        assert_eq!(entries(&ids(&[])).unwrap_err().code, "EmptyBatchRequest");
        assert_eq!(entries(&ids(&["a", "a"])).unwrap_err().code, "BatchEntryIdsNotDistinct");
        assert_eq!(entries(&ids(&["a"; 11])).unwrap_err().code, "TooManyEntriesInBatchRequest");
    }

    #[test]
    fn a_batch_tells_success_from_failure_by_id() {
        let request = json!({ "Entries": [{ "Id": "a", "good": true }, { "Id": "b" }] });
        let told = batch(&entries(&request).unwrap(), |entry| match entry.get("good") {
            Some(_) => Ok(json!({ "MessageId": "1" })),
            None => Err(Refusal::new("Bad", "It is bad.")),
        });
        let told = told.unwrap();
        assert_eq!(told["Successful"], json!([{ "MessageId": "1", "Id": "a" }]));
        assert_eq!(told["Failed"][0]["Id"], "b");
    }
}
