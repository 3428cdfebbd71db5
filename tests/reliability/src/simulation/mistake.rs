//! Deliberate mistakes beneath the functions: the proof that the simulation can find what it looks for.

use serde_json::{Value, json};

/// One precaution that is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Writes do not ask whether somebody else wrote meanwhile.
    UnconditionalWrites,
    /// The schedule never calls the timer.
    NoTimer,
    /// What is written into the stream is never relayed.
    NoRelay,
    /// The mail service takes mails and loses them.
    MailsLost,
    /// The archive says that it kept a document, and did not.
    DocumentsLost,
    /// A contract is written without its next look.
    LooksForgotten,
    /// Of two writes that belong together, the event is not written.
    EventsForgotten,
}

impl Mistake {
    /// What is sent in place of this request.
    pub(super) fn made(self, request: http::Request<Vec<u8>>) -> http::Request<Vec<u8>> {
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let writes = target.is_some_and(|target| target.ends_with(".TransactWriteItems"));
        let Some(mut body) = serde_json::from_slice::<Value>(request.body()).ok().filter(|_| writes) else {
            return request;
        };
        let Some(items) = body["TransactItems"].as_array_mut() else { return request };
        match self {
            Self::UnconditionalWrites => {
                let writes = items.iter_mut().filter_map(|item| item.as_object_mut()?.values_mut().next());
                for condition in writes.filter_map(|write| write.get_mut("ConditionExpression")) {
                    // True of every item, and whatever the condition needed is still used.
                    let asked = condition.as_str().unwrap_or_default();
                    *condition = json!(format!("({asked}) OR attribute_exists(pk) OR attribute_not_exists(pk)"));
                }
            }
            Self::LooksForgotten => {
                for put in items.iter_mut().filter_map(|item| item.pointer_mut("/Put/Item")?.as_object_mut()) {
                    put.remove("dueShard");
                    put.remove("dueAt");
                }
            }
            Self::EventsForgotten => {
                let is_event =
                    |item: &Value| item["Put"]["Item"]["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("EVENT#"));
                items.retain(|item| !is_event(item));
            }
            Self::NoTimer | Self::NoRelay | Self::MailsLost | Self::DocumentsLost => {}
        }
        request.map(|_| body.to_string().into_bytes())
    }

    /// Whether this request is answered without being carried out.
    pub(super) fn swallows(self, request: &http::Request<Vec<u8>>) -> bool {
        self == Self::DocumentsLost && request.method() == "PUT" && request.uri().path().contains("/signed/")
    }
}
