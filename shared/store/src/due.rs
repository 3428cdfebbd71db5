//! What is due: contracts to be looked at and mails to be tried again, by one sparse index.

use contract::{ContractId, Timestamp};

use crate::{
    Failure, Table,
    failure::unavailable,
    item::{SHARDS, get, stamp, text},
};

/// Something whose time has come: its key, and when that was.
pub(crate) struct Waiting {
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) since: Timestamp,
}

impl Table {
    /// Up to `most` contracts per shard whose time has come, longest waiting first.
    pub async fn due(&self, now: Timestamp, most: i32) -> Result<Vec<(ContractId, Timestamp)>, Failure> {
        let due = self.due_in("due", now, most).await?;
        let contract =
            |waiting: &Waiting| Some((ContractId::parse(waiting.owner.strip_prefix("CONTRACT#")?)?, waiting.since));
        Ok(due.iter().filter_map(contract).collect())
    }

    /// Up to `most` items per shard of this kind whose time has come, longest waiting first.
    pub(crate) async fn due_in(&self, kind: &str, now: Timestamp, most: i32) -> Result<Vec<Waiting>, Failure> {
        let mut due = Vec::new();
        for shard in 0..SHARDS {
            let query = self
                .client()
                .query()
                .table_name(self.name())
                .index_name("by-due")
                .key_condition_expression("dueShard = :shard AND dueAt <= :now")
                .expression_attribute_values(":shard", text(format!("{kind}#{shard}")))
                .expression_attribute_values(":now", text(stamp(now)))
                .limit(most);
            let items = query.send().await.map_err(unavailable("looking for what is due"))?.items.unwrap_or_default();
            due.extend(items.iter().filter_map(|item| {
                let since = get(item, "dueAt")?.parse().ok()?;
                Some(Waiting { owner: get(item, "pk")?.to_owned(), name: get(item, "sk")?.to_owned(), since })
            }));
        }
        Ok(due)
    }
}
