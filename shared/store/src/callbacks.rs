//! Raw callbacks, kept as evidence of what the provider said and when.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use contract::{ContractId, Sha256, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Failure, Table,
    failure::unavailable,
    item::{json_text, key},
};

/// A callback as it came: its body, byte for byte, and the headers that its signature covers or names.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Callback {
    pub contract: ContractId,
    pub body: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub received_at: Timestamp,
}

impl Table {
    /// Keeps a callback. The same one again is the same item.
    pub async fn keep_callback(&self, callback: &Callback) -> Result<(), Failure> {
        let digest = Sha256::of(callback.body.as_bytes());
        let mut item = key(format!("CONTRACT#{}", callback.contract), format!("CALLBACK#{digest}"));
        item.insert("body".to_owned(), json_text(callback)?);
        let put = self
            .client()
            .put_item()
            .table_name(self.name())
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)");
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Ok(())
            }
            Err(error) => Err(unavailable("keeping a callback")(error)),
        }
    }
}
