//! The one table, and reading single items of it.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use contract::{LookSchedule, Random};

use crate::{Failure, failure::unavailable, item::Item};

/// The DynamoDB table. Cheap to clone.
#[derive(Clone)]
pub struct Table {
    client: Client,
    name: String,
    pub(crate) schedule: LookSchedule,
    pub(crate) random: Random,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Table({})", self.name)
    }
}

impl Table {
    /// `schedule` says when a contract that waits for the provider is looked at; `random` salts the history.
    #[must_use]
    pub fn new(aws: &SdkConfig, name: String, schedule: LookSchedule, random: Random) -> Self {
        Self { client: Client::new(aws), name, schedule, random }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// One item as it stands now.
    pub(crate) async fn item(&self, key: Item, operation: &'static str) -> Result<Option<Item>, Failure> {
        let answer =
            self.client.get_item().table_name(&self.name).set_key(Some(key)).consistent_read(true).send().await;
        Ok(answer.map_err(unavailable(operation))?.item)
    }

    /// Several items as they stand now, in one call; those that do not exist are left out.
    pub(crate) async fn items(&self, keys: Vec<Item>, operation: &'static str) -> Result<Vec<Item>, Failure> {
        let mut wanted = keys;
        let mut found = Vec::new();
        while !wanted.is_empty() {
            let request = aws_sdk_dynamodb::types::KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .consistent_read(true)
                .build();
            let request = request
                .map_err(|_| Failure::Unavailable { operation, code: "the request could not be made".to_owned() })?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.name, request)
                .send()
                .await
                .map_err(unavailable(operation))?;
            found.extend(answer.responses.unwrap_or_default().remove(&self.name).unwrap_or_default());
            wanted = answer
                .unprocessed_keys
                .unwrap_or_default()
                .remove(&self.name)
                .map(|rest| rest.keys)
                .unwrap_or_default();
        }
        Ok(found)
    }

    /// The items of `index` whose partition is `partition`, newest first, below `before` if given.
    pub(crate) async fn newest(
        &self,
        index: Index,
        partition: &str,
        before: Option<&str>,
        most: usize,
    ) -> Result<Vec<Item>, Failure> {
        let mut query = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(index.name)
            .scan_index_forward(false)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .expression_attribute_names("#p", index.partition)
            .expression_attribute_values(":p", AttributeValue::S(partition.to_owned()));
        query = match before {
            Some(before) => query
                .key_condition_expression("#p = :p AND #s < :s")
                .expression_attribute_names("#s", index.sort)
                .expression_attribute_values(":s", AttributeValue::S(before.to_owned())),
            None => query.key_condition_expression("#p = :p"),
        };
        Ok(query.send().await.map_err(unavailable("searching"))?.items.unwrap_or_default())
    }
}

/// An index of the table: its name and the attributes it sorts by.
#[derive(Clone, Copy)]
pub(crate) struct Index {
    pub(crate) name: &'static str,
    pub(crate) partition: &'static str,
    pub(crate) sort: &'static str,
}

pub(crate) const BY_CUSTOMER: Index = Index { name: "by-customer", partition: "customer", sort: "created" };
pub(crate) const BY_SUBJECT: Index = Index { name: "by-subject", partition: "subject", sort: "created" };
pub(crate) const BY_STATE: Index = Index { name: "by-state", partition: "stateShard", sort: "updated" };
pub(crate) const BY_REVIEW: Index = Index { name: "by-review", partition: "review", sort: "updated" };
