//! The embedded AWS services, and in them what the template defines.
//!
//! Everything is created only where it is not there yet: a kept data folder is used as it is.

use crate::definitions::Definitions;
use crate::folder::Folder;
use crate::intrinsic::References;
use crate::stream::Source;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use contract::Clock;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use stores::{ACCESS_KEY, REGION, Refusal, SECRET_KEY, Stores};
use tokio::sync::Mutex;

/// How long a read of a stream that has nothing new waits for a write. A stop waits as long at most.
const WAIT: Duration = Duration::from_millis(200);

/// Why the stores cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ResourcesError {
    /// They do not start.
    #[error(transparent)]
    Start(#[from] stores::StartError),
    /// Something the template defines cannot be created.
    #[error("{0} cannot be created in the embedded stores: {1}")]
    Create(String, String),
}

/// The running services.
#[derive(Debug)]
pub struct Resources {
    stores: Stores,
    aws: SdkConfig,
}

impl Resources {
    /// Starts the services on a free port, over what the folder keeps.
    ///
    /// # Errors
    ///
    /// When the folder cannot be used.
    pub async fn start(folder: &Folder, clock: Option<&Clock>) -> Result<Self, ResourcesError> {
        let data = folder.path().map(|path| path.join("stores"));
        let stores = Stores::start(stores::Options { data, port: None, clock: clock.cloned() }).await?;
        let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "local");
        let aws = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(stores.endpoint())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .load()
            .await;
        Ok(Self { stores, aws })
    }

    /// Creates what is not there yet, and records what everything is called: `Ref` under the logical id, attributes under `Id.Attribute`.
    ///
    /// # Errors
    ///
    /// When a service refuses a definition.
    pub fn create(&self, definitions: &Definitions, references: &mut References) -> Result<(), ResourcesError> {
        create(&self.stores, definitions, references)
    }

    /// Where the services answer.
    pub fn endpoint(&self) -> String {
        self.stores.endpoint()
    }

    /// The services themselves.
    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    /// How the SDK reaches the services.
    pub fn aws(&self) -> SdkConfig {
        self.aws.clone()
    }

    /// A client of the queues.
    pub fn queue_client(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.aws)
    }

    /// The stream of the table with this name, as a follower reads it.
    pub fn stream(&self, table: &str) -> Source {
        let stream = Arc::new(Mutex::new(self.stores.stream(table)));
        Arc::new(move |after, most| {
            let stream = Arc::clone(&stream);
            Box::pin(async move {
                let mut stream = stream.lock().await;
                let (records, _) = stream.read(after.as_deref(), most).await.map_err(|refusal| refusal.to_string())?;
                if !records.is_empty() {
                    return Ok(records);
                }
                // When nothing was written in the meantime, this read finds nothing either.
                let _ = tokio::time::timeout(WAIT, stream.changed()).await;
                stream
                    .read(after.as_deref(), most)
                    .await
                    .map(|(records, _)| records)
                    .map_err(|refusal| refusal.to_string())
            })
        })
    }

    /// Stops the services; what is being answered is answered first.
    pub async fn stop(self) {
        self.stores.shutdown().await;
    }
}

/// Creates in `stores` what is not there yet. See [`Resources::create`].
///
/// # Errors
///
/// When a service refuses a definition.
pub fn create(stores: &Stores, definitions: &Definitions, references: &mut References) -> Result<(), ResourcesError> {
    for (logical, alias) in &definitions.keys {
        let id = stores.create_key(alias).map_err(|refusal| not_created(logical, &refusal))?;
        references.set(format!("{logical}.Arn"), &id);
        references.set(logical, id);
    }
    for (logical, name) in &definitions.buckets {
        stores.create_bucket(name).map_err(|refusal| not_created(logical, &refusal))?;
        references.set(format!("{logical}.Arn"), format!("arn:aws:s3:::{name}"));
        references.set(logical, name);
    }
    // A queue names its dead-letter queue by ARN, so those that name none come first.
    let mut arns = BTreeMap::new();
    let (plain, redriven): (Vec<_>, Vec<_>) =
        definitions.queues.iter().partition(|(_, queue)| queue.dead_letter.is_none());
    for (logical, queue) in plain.into_iter().chain(redriven) {
        let mut attributes = queue.attributes.clone();
        if let Some((dead_letter, most)) = &queue.dead_letter {
            let target = arns.get(dead_letter).ok_or_else(|| {
                let cause = "its dead-letter queue has one itself.".to_owned();
                ResourcesError::Create(logical.clone(), cause)
            })?;
            let policy = json!({ "deadLetterTargetArn": target, "maxReceiveCount": most });
            attributes.insert("RedrivePolicy".to_owned(), policy.to_string());
        }
        let address =
            stores.create_queue(&queue.name, &attributes).map_err(|refusal| not_created(logical, &refusal))?;
        references.set(format!("{logical}.Arn"), &address.arn);
        references.set(logical, address.url);
        arns.insert(logical.clone(), address.arn);
    }
    for (logical, table) in &definitions.tables {
        stores
            .create_table(&table.create, table.time_to_live.as_deref())
            .map_err(|refusal| not_created(logical, &refusal))?;
        let arn = format!("arn:aws:dynamodb:{REGION}:{}:table/{}", stores::ACCOUNT, table.name);
        references.set(format!("{logical}.StreamArn"), format!("{arn}/stream/local"));
        references.set(format!("{logical}.Arn"), arn);
        references.set(logical, &table.name);
    }
    Ok(())
}

fn not_created(logical: &str, refusal: &Refusal) -> ResourcesError {
    ResourcesError::Create(logical.to_owned(), refusal.to_string())
}
