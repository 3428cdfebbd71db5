//! What the template says must exist before any function runs: the table, the buckets, the queues, the keys and the secrets.
//!
//! Only what the embedded stores can do is read; encryption, versioning, Object Lock and the like are for a deployment alone.

use crate::intrinsic::{References, Unresolved};
use crate::template::{Template, physical_name};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Everything to be created, by logical id.
#[derive(Debug, Clone, Default)]
pub struct Definitions {
    /// Tables.
    pub tables: BTreeMap<String, Table>,
    /// The names of buckets.
    pub buckets: BTreeMap<String, String>,
    /// Queues.
    pub queues: BTreeMap<String, Queue>,
    /// The names of KMS keys, which serve as their aliases.
    pub keys: BTreeMap<String, String>,
    /// Secrets whose value the template gives; `None` where a deployment would make one up.
    pub secrets: BTreeMap<String, Option<String>>,
}

/// One table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The request to DynamoDB's `CreateTable`.
    pub create: Value,
    /// The attribute that holds the time an item ends.
    pub time_to_live: Option<String>,
}

/// One queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// The attributes of SQS's `CreateQueue`, but for the redrive policy.
    pub attributes: BTreeMap<String, String>,
    /// The logical id of the dead-letter queue, and after how many receptions a message goes there.
    pub dead_letter: Option<(String, u32)>,
}

impl Definitions {
    /// Reads the template's resources.
    pub fn read(template: &Template, references: &References) -> Result<Self, Unresolved> {
        let mut definitions = Self::default();
        for (logical, properties) in template.of_kind("AWS::DynamoDB::Table") {
            definitions.tables.insert(logical.to_owned(), table(logical, properties)?);
        }
        for (logical, _) in template.of_kind("AWS::S3::Bucket") {
            definitions.buckets.insert(logical.to_owned(), physical_name(logical));
        }
        for (logical, properties) in template.of_kind("AWS::SQS::Queue") {
            definitions.queues.insert(logical.to_owned(), queue(logical, properties, references)?);
        }
        for (logical, _) in template.of_kind("AWS::KMS::Key") {
            definitions.keys.insert(logical.to_owned(), physical_name(logical));
        }
        for (logical, properties) in template.of_kind("AWS::SecretsManager::Secret") {
            let value = properties
                .get("SecretString")
                .map(|value| references.text(&format!("Resources.{logical}.SecretString"), value))
                .transpose()?;
            definitions.secrets.insert(logical.to_owned(), value);
        }
        for queue in definitions.queues.values() {
            if let Some((dead_letter, _)) = &queue.dead_letter
                && !definitions.queues.contains_key(dead_letter)
            {
                return Err(Unresolved(format!(
                    "{} in template.yaml names a dead-letter queue that is none.",
                    queue.name
                )));
            }
        }
        Ok(definitions)
    }
}

fn table(logical: &str, properties: &Value) -> Result<Table, Unresolved> {
    let name = physical_name(logical);
    let mut create = Map::new();
    create.insert("TableName".to_owned(), name.as_str().into());
    for key in ["BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        if let Some(value) = properties.get(key) {
            create.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(view) = properties.pointer("/StreamSpecification/StreamViewType") {
        create.insert("StreamSpecification".to_owned(), json!({ "StreamEnabled": true, "StreamViewType": view }));
    }
    let place = format!("Resources.{logical}");
    // Nothing in these properties may be a reference; resolving against nothing shows it.
    let create = References::default().resolve(&place, &Value::Object(create))?;
    let time_to_live = properties
        .get("TimeToLiveSpecification")
        .filter(|specification| specification.get("Enabled") == Some(&Value::Bool(true)))
        .and_then(|specification| specification.get("AttributeName"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    Ok(Table { name, create, time_to_live })
}

fn queue(logical: &str, properties: &Value, references: &References) -> Result<Queue, Unresolved> {
    let mut attributes = BTreeMap::new();
    for key in ["VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds", "ReceiveMessageWaitTimeSeconds"] {
        if let Some(value) = properties.get(key) {
            attributes.insert(key.to_owned(), references.text(&format!("Resources.{logical}.{key}"), value)?);
        }
    }
    let dead_letter = properties.get("RedrivePolicy").map(|policy| {
        let target = policy.pointer("/deadLetterTargetArn/Fn::GetAtt/0").and_then(Value::as_str);
        let most = policy.get("maxReceiveCount").and_then(Value::as_u64).and_then(|most| u32::try_from(most).ok());
        match (target, most) {
            (Some(target), Some(most)) => Ok((target.to_owned(), most)),
            _ => Err(Unresolved(format!(
                "Resources.{logical}.RedrivePolicy in template.yaml needs a deadLetterTargetArn (!GetAtt) and a maxReceiveCount."
            ))),
        }
    });
    Ok(Queue { name: physical_name(logical), attributes, dead_letter: dead_letter.transpose()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters;

    fn read() -> Definitions {
        let template = Template::embedded().unwrap();
        let references = template.references(&parameters::tests::given()).unwrap();
        Definitions::read(&template, &references).unwrap()
    }

    #[test]
    fn the_table_has_its_indexes_stream_and_time_to_live() {
        let definitions = read();
        let table = &definitions.tables["Table"];
        assert_eq!(table.name, "countersign-table");
        assert_eq!(table.time_to_live.as_deref(), Some("ttl"));
        assert_eq!(
            table.create["StreamSpecification"],
            json!({ "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" })
        );
        assert_eq!(table.create["KeySchema"][1], json!({ "AttributeName": "sk", "KeyType": "RANGE" }));
        let indexes: Vec<_> = table.create["GlobalSecondaryIndexes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|index| {
                (index["IndexName"].as_str().unwrap(), index["KeySchema"][0]["AttributeName"].as_str().unwrap())
            })
            .collect();
        assert_eq!(
            indexes,
            [
                ("by-customer", "customer"),
                ("by-subject", "subject"),
                ("by-state", "stateShard"),
                ("by-review", "review"),
                ("by-due", "dueShard")
            ]
        );
    }

    #[test]
    fn queues_outlast_their_functions_and_have_dead_letter_queues() {
        let template = Template::embedded().unwrap();
        let references = template.references(&parameters::tests::given()).unwrap();
        let wiring = crate::wiring::Wiring::read(&template, &references).unwrap();
        let definitions = read();
        for mapping in &wiring.queues {
            let queue = &definitions.queues[&mapping.queue];
            let visibility: u64 = queue.attributes["VisibilityTimeout"].parse().unwrap();
            assert!(visibility >= 6 * wiring.functions[&mapping.function].timeout.as_secs(), "{}", mapping.queue);
            let (dead_letter, most) = queue.dead_letter.clone().unwrap();
            assert_eq!((dead_letter, most), (mapping.queue.replace("Queue", "DeadLetterQueue"), 5));
        }
    }

    #[test]
    fn buckets_keys_and_secrets_are_there() {
        let definitions = read();
        assert_eq!(definitions.buckets["ArchiveBucket"], "countersign-archive-bucket");
        assert_eq!(definitions.keys.len(), 1);
        assert_eq!(definitions.secrets["SubjectKeySecret"], None);
        assert_eq!(definitions.secrets["MailSecret"].as_deref(), Some("smtp://127.0.0.1:2525"));
    }
}
