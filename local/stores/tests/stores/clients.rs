//! Stores for one test, and the SDK's clients of them.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use stores::{ACCESS_KEY, Options, REGION, SECRET_KEY, Stores};

/// The table's name.
pub const TABLE: &str = "contracts";

/// Stores in memory.
pub async fn memory() -> Stores {
    Stores::start(Options::default()).await.unwrap()
}

/// Stores that keep their data in a folder.
pub async fn kept(folder: &Path) -> Stores {
    Stores::start(Options { data: Some(folder.to_owned()), ..Options::default() }).await.unwrap()
}

/// A folder that goes away with the test.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("stores-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> PathBuf {
        self.0.join("data")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn config(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

pub fn dynamodb(stores: &Stores) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(&config(&stores.endpoint()))
}

pub fn s3(stores: &Stores) -> aws_sdk_s3::Client {
    aws_sdk_s3::Client::new(&config(&stores.endpoint()))
}

pub fn sqs(stores: &Stores) -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::new(&config(&stores.endpoint()))
}

pub fn kms(stores: &Stores) -> aws_sdk_kms::Client {
    aws_sdk_kms::Client::new(&config(&stores.endpoint()))
}

/// A table with a stream and an index by `customer` and `created`.
pub fn table() -> Value {
    json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" }, { "AttributeName": "sk", "AttributeType": "S" },
            { "AttributeName": "customer", "AttributeType": "S" }, { "AttributeName": "created", "AttributeType": "S" }
        ],
        "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }, { "AttributeName": "sk", "KeyType": "RANGE" }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-customer",
            "KeySchema": [{ "AttributeName": "customer", "KeyType": "HASH" }, { "AttributeName": "created", "KeyType": "RANGE" }],
            "Projection": { "ProjectionType": "ALL" }
        }],
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" }
    })
}

/// An item of texts.
pub fn item(fields: &[(&str, &str)]) -> HashMap<String, AttributeValue> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), AttributeValue::S((*value).to_owned()))).collect()
}

/// Puts an item of texts.
pub async fn put(client: &aws_sdk_dynamodb::Client, fields: &[(&str, &str)]) {
    client.put_item().table_name(TABLE).set_item(Some(item(fields))).send().await.unwrap();
}
