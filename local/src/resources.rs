//! The embedded AWS services, and in them what the template defines.

use crate::definitions::Definitions;
use crate::folder::Folder;
use crate::intrinsic::References;
use crate::stream::Source;
use aws_config::SdkConfig;
use contract::Clock;

/// Why the stores cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ResourcesError {
    /// They do not start.
    #[error("The embedded stores do not start: {0}.")]
    Start(String),
}

/// The running services.
#[derive(Debug)]
pub struct Resources {
    endpoint: String,
}

impl Resources {
    pub async fn start(_folder: &Folder, _clock: &Clock) -> Result<Self, ResourcesError> {
        Err(ResourcesError::Start("they are not built yet".to_owned()))
    }

    pub async fn create(&self, _definitions: &Definitions, _references: &mut References) -> Result<(), ResourcesError> {
        Ok(())
    }

    /// The address of the services.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub fn aws(&self) -> SdkConfig {
        SdkConfig::builder().build()
    }

    pub fn queue_client(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.aws())
    }

    pub fn stream(&self, _table: &str) -> Source {
        std::sync::Arc::new(|_, _| Box::pin(async { Ok(Vec::new()) }))
    }

    pub async fn stop(self) {}
}
