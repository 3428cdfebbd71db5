//! What a queue is: its name and its attributes, which are checked when they are set, so that whatever is kept makes sense.

use crate::answer::Refusal;
use crate::{ACCOUNT, REGION};
use serde_json::Value;
use std::collections::BTreeMap;

/// The largest message, in bytes of body and attributes together.
const LARGEST: i64 = 1_048_576;
/// The attributes that are numbers: name, least, most, and what holds where nothing was set. Times are in seconds.
const NUMBERS: [(&str, i64, i64, i64); 5] = [
    ("DelaySeconds", 0, 900, 0),
    ("MaximumMessageSize", 1024, LARGEST, LARGEST),
    ("MessageRetentionPeriod", 60, 1_209_600, 345_600),
    ("ReceiveMessageWaitTimeSeconds", 0, 20, 0),
    ("VisibilityTimeout", 0, 43_200, 30),
];
/// Attributes that are kept and given back, and change nothing on this machine.
const KEPT: [&str; 5] =
    ["KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "Policy", "RedriveAllowPolicy", "SqsManagedSseEnabled"];
const REDRIVE: &str = "RedrivePolicy";

/// A queue as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Queue {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

/// Where messages go that were received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redrive {
    /// The name of the dead-letter queue.
    pub(crate) target: String,
    /// After so many receipts.
    pub(crate) most: i64,
}

impl Queue {
    /// A number among the attributes; times in seconds.
    pub(crate) fn number(&self, name: &str) -> i64 {
        let set = self.attributes.get(name).and_then(|value| value.parse().ok());
        set.unwrap_or_else(|| NUMBERS.iter().find(|number| number.0 == name).map_or(0, |number| number.3))
    }

    pub(crate) fn redrive(&self) -> Option<Redrive> {
        redrive(self.attributes.get(REDRIVE)?)
    }

    /// All attributes that are settings, those that were never set included.
    pub(crate) fn settings(&self) -> BTreeMap<String, String> {
        let mut all: BTreeMap<String, String> =
            NUMBERS.iter().map(|number| (number.0.to_owned(), number.3.to_string())).collect();
        all.extend(self.attributes.clone());
        all.insert("QueueArn".to_owned(), arn(&self.name));
        all
    }

    /// Sets attributes. An empty redrive policy takes the one there is away.
    pub(crate) fn set(&mut self, attributes: &BTreeMap<String, String>) -> Result<(), Refusal> {
        for (name, value) in attributes {
            check(name, value)?;
            if name == REDRIVE && value.is_empty() {
                self.attributes.remove(REDRIVE);
            } else {
                self.attributes.insert(name.clone(), value.clone());
            }
        }
        Ok(())
    }
}

/// A name that SQS accepts for a queue that is not FIFO.
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=80).contains(&name.len()) && name.bytes().all(plain) {
        return Ok(());
    }
    let message = format!(
        "{name:?} is no name for a queue here: 1 to 80 letters, digits, hyphens and underscores. FIFO queues are not offered."
    );
    Err(Refusal::new("InvalidParameterValue", message))
}

fn check(name: &str, value: &str) -> Result<(), Refusal> {
    if KEPT.contains(&name) {
        return Ok(());
    }
    let good = if name == REDRIVE {
        value.is_empty() || redrive(value).is_some()
    } else if let Some((_, least, most, _)) = NUMBERS.iter().find(|number| number.0 == name) {
        value.parse::<i64>().is_ok_and(|value| (*least..=*most).contains(&value))
    } else {
        let message = format!("The local endpoint knows no attribute {name} of queues.");
        return Err(Refusal::new("InvalidAttributeName", message));
    };
    let refusal = || Refusal::new("InvalidAttributeValue", format!("Invalid value for the parameter {name}."));
    if good { Ok(()) } else { Err(refusal()) }
}

fn redrive(policy: &str) -> Option<Redrive> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let target = name_in_arn(policy.get("deadLetterTargetArn")?.as_str()?)?.to_owned();
    let most = policy.get("maxReceiveCount")?;
    // Both ways of writing it are in use.
    let most = most.as_i64().or_else(|| most.as_str()?.parse().ok())?;
    (1..=1000).contains(&most).then_some(Redrive { target, most })
}

pub(crate) fn arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

pub(crate) fn name_in_arn(arn: &str) -> Option<&str> {
    let mut parts = arn.split(':');
    let is_queue = parts.next() == Some("arn") && parts.nth(1) == Some("sqs");
    parts.nth(2).filter(|name| is_queue && !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, value: &str) -> Result<Queue, Refusal> {
        let mut queue = Queue { name: "q".to_owned(), attributes: BTreeMap::new() };
        queue.set(&BTreeMap::from([(name.to_owned(), value.to_owned())]))?;
        Ok(queue)
    }

    #[test]
    fn numbers_have_bounds_and_defaults() {
        assert_eq!(set("VisibilityTimeout", "360").unwrap().number("VisibilityTimeout"), 360);
        assert_eq!(set("DelaySeconds", "900").unwrap().number("VisibilityTimeout"), 30);
        for (name, value) in [("VisibilityTimeout", "43201"), ("VisibilityTimeout", "soon"), ("DelaySeconds", "-1")] {
            assert_eq!(set(name, value).unwrap_err().code, "InvalidAttributeValue", "{name}={value}");
        }
        assert_eq!(set("FifoQueue", "true").unwrap_err().code, "InvalidAttributeName");
    }

    #[test]
    fn a_redrive_policy_names_a_queue_and_a_count() {
        let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":"5"}"#;
        let mut queue = set("RedrivePolicy", policy).unwrap();
        assert_eq!(queue.redrive(), Some(Redrive { target: "dead".to_owned(), most: 5 }));
        queue.set(&BTreeMap::from([("RedrivePolicy".to_owned(), String::new())])).unwrap();
        assert_eq!(queue.redrive(), None);
        assert!(set("RedrivePolicy", r#"{"deadLetterTargetArn":"dead","maxReceiveCount":5}"#).is_err());
        assert!(set("RedrivePolicy", &policy.replace("\"5\"", "0")).is_err());
    }

    #[test]
    fn names_are_checked() {
        assert!(check_name("settlements-1_a").is_ok());
        for bad in ["", "a.fifo", "a b", "ü", &"a".repeat(81)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
