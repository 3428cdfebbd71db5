//! One transaction: all of its writes, or none, and which condition did not hold.

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};

use crate::{
    Failure, Table,
    failure::unavailable,
    item::{Item, text},
};

/// A condition on one item, with the values it names.
pub(crate) struct Condition {
    expression: String,
    values: Item,
}

impl Condition {
    pub(crate) fn absent() -> Self {
        Self { expression: "attribute_not_exists(pk)".to_owned(), values: Item::new() }
    }

    /// `name` of the item has the value.
    pub(crate) fn equals(name: &str, value: AttributeValue) -> Self {
        Self { expression: format!("#c_{name} = :c_{name}"), values: Item::from([(name.to_owned(), value)]) }
    }

    /// Equal, or no item at all where `value` is `None`.
    pub(crate) fn unchanged(name: &str, value: Option<AttributeValue>) -> Self {
        value.map_or_else(Self::absent, |value| Self::equals(name, value))
    }

    /// No item, or one whose time to live has passed though it has not been swept yet.
    pub(crate) fn absent_or_over(now_seconds: i64) -> Self {
        Self {
            expression: "attribute_not_exists(pk) OR #c_ttl < :c_ttl".to_owned(),
            values: Item::from([("ttl".to_owned(), crate::item::number(now_seconds))]),
        }
    }

    pub(crate) fn expression(&self) -> String {
        self.expression.clone()
    }

    pub(crate) fn names(&self) -> Option<std::collections::HashMap<String, String>> {
        let names: std::collections::HashMap<_, _> =
            self.values.keys().map(|name| (format!("#c_{name}"), name.clone())).collect();
        (!names.is_empty()).then_some(names)
    }

    pub(crate) fn values(&self) -> Option<Item> {
        let values: Item = self.values.iter().map(|(name, value)| (format!(":c_{name}"), value.clone())).collect();
        (!values.is_empty()).then_some(values)
    }
}

/// The writes of one transaction. Each write's position names it when a condition does not hold.
pub(crate) struct Transaction<'a> {
    table: &'a Table,
    operation: &'static str,
    writes: Vec<TransactWriteItem>,
    incomplete: bool,
}

/// Why a transaction was not done.
pub(crate) enum Cancelled {
    /// The write at this position found its condition not holding, and the item as given.
    At { position: usize, found: Option<Item> },
    /// Another transaction was at the same items.
    Elsewhere,
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(table: &'a Table, operation: &'static str) -> Self {
        Self { table, operation, writes: Vec::new(), incomplete: false }
    }

    /// Adds a put and gives its position.
    pub(crate) fn put(&mut self, item: Item, condition: &Condition) -> usize {
        let put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(item))
            .condition_expression(condition.expression())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build();
        self.add(put.map(|put| TransactWriteItem::builder().put(put).build()))
    }

    /// Adds a removal and gives its position.
    pub(crate) fn delete(&mut self, key: Item, condition: &Condition) -> usize {
        let delete = aws_sdk_dynamodb::types::Delete::builder()
            .table_name(self.table.name())
            .set_key(Some(key))
            .condition_expression(condition.expression())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build();
        self.add(delete.map(|delete| TransactWriteItem::builder().delete(delete).build()))
    }

    /// Adds a look at an item that must be as expected.
    pub(crate) fn check(&mut self, key: Item, condition: &Condition) -> usize {
        let check = ConditionCheck::builder()
            .table_name(self.table.name())
            .set_key(Some(key))
            .condition_expression(condition.expression())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build();
        self.add(check.map(|check| TransactWriteItem::builder().condition_check(check).build()))
    }

    fn add<E>(&mut self, write: Result<TransactWriteItem, E>) -> usize {
        match write {
            Ok(write) => self.writes.push(write),
            Err(_) => self.incomplete = true,
        }
        self.writes.len().saturating_sub(1)
    }

    /// Does all of it, or says which write's condition did not hold. The SDK's own repeats carry one token, so a transaction
    /// whose answer was lost is not taken for somebody else's.
    pub(crate) async fn commit(self) -> Result<Result<(), Cancelled>, Failure> {
        if self.incomplete {
            return Err(Failure::Unavailable {
                operation: self.operation,
                code: "the request could not be made".to_owned(),
            });
        }
        let answer = self.table.client().transact_write_items().set_transact_items(Some(self.writes)).send().await;
        let error = match answer {
            Ok(_) => return Ok(Ok(())),
            Err(error) => error,
        };
        if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() {
            let reasons = cancelled.cancellation_reasons();
            let failed = reasons.iter().position(|reason| reason.code() == Some("ConditionalCheckFailed"));
            if let Some(position) = failed {
                let found =
                    reasons.get(position).and_then(|reason| reason.item()).cloned().filter(|item| !item.is_empty());
                return Ok(Err(Cancelled::At { position, found }));
            }
            // The SDK does not repeat what was cancelled, not even where a partition was too busy for one of the writes.
            let passing = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
            if reasons.iter().any(|reason| reason.code().is_some_and(|code| passing.contains(&code))) {
                return Ok(Err(Cancelled::Elsewhere));
            }
        }
        if matches!(error.as_service_error(), Some(TransactWriteItemsError::TransactionInProgressException(_))) {
            return Ok(Err(Cancelled::Elsewhere));
        }
        Err(unavailable(self.operation)(error))
    }
}

/// The condition that an item's version is still the one that was read.
pub(crate) fn version(version: u64) -> Condition {
    Condition::equals("version", crate::item::number(version))
}

/// The condition that an item's text attribute is still the one that was read.
pub(crate) fn text_is(name: &str, value: &str) -> Condition {
    Condition::equals(name, text(value))
}
