//! The limit on identity checks: so many an hour for one subject, counted before the provider is asked, so that many requests at
//! once cannot get past it.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use contract::{SubjectKey, Timestamp};

use crate::{
    Failure, Table,
    failure::unavailable,
    item::{Item, key, number},
};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

/// Checks an hour for one subject.
const MOST: usize = 10;
const WINDOW_MS: i64 = 3_600_000;

/// The hour's checks are used up; the first of them falls out of the hour after so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    pub retry_after_seconds: u64,
}

fn checks_key(subject: &SubjectKey) -> Item {
    key(format!("SUBJECT#{}", subject.0), "CHECKS")
}

fn list(times: &[i64]) -> AttributeValue {
    AttributeValue::L(times.iter().map(number).collect())
}

fn times_in(item: &Item) -> Vec<i64> {
    let times = item.get("times").and_then(|times| times.as_l().ok()).map(Vec::as_slice).unwrap_or_default();
    times.iter().filter_map(|time| time.as_n().ok()?.parse().ok()).collect()
}

impl Table {
    /// Counts a check that is about to be made, or says when the next one may be.
    pub async fn count_check(&self, subject: &SubjectKey, now: Timestamp) -> Result<Result<(), TooMany>, Failure> {
        let now_ms = now.as_millisecond();
        let expires = number(now.as_second() + 2 * WINDOW_MS / 1000);
        let update = self
            .client()
            .update_item()
            .table_name(self.name())
            .set_key(Some(checks_key(subject)))
            .update_expression("SET times = list_append(if_not_exists(times, :none), :now), #ttl = :ttl")
            .condition_expression("attribute_not_exists(times) OR size(times) < :most")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":none", list(&[]))
            .expression_attribute_values(":now", list(&[now_ms]))
            .expression_attribute_values(":ttl", expires)
            .expression_attribute_values(":most", number(MOST))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match update.send().await {
            Ok(_) => return Ok(Ok(())),
            Err(error) => error,
        };
        let Some(aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(full)) =
            error.as_service_error()
        else {
            return Err(unavailable("counting identity checks")(error));
        };
        let times = full.item().map(times_in).unwrap_or_default();
        let recent: Vec<i64> = times.iter().copied().filter(|time| now_ms - time < WINDOW_MS).collect();
        if recent.len() >= MOST {
            let first = recent.iter().min().copied().unwrap_or(now_ms);
            let wait = u64::try_from((first + WINDOW_MS - now_ms) / 1000).unwrap_or(0) + 1;
            return Ok(Err(TooMany { retry_after_seconds: wait }));
        }
        let replaced: Vec<i64> = recent.into_iter().chain([now_ms]).collect();
        self.replace_checks(subject, &times, &replaced, now).await.map(Ok)
    }

    /// Takes a counted check back, where the provider was not reached and so none was made.
    pub async fn uncount_check(&self, subject: &SubjectKey, counted: Timestamp) -> Result<(), Failure> {
        let Some(item) = self.item(checks_key(subject), "reading identity checks").await? else { return Ok(()) };
        let times = times_in(&item);
        let mut rest = times.clone();
        if let Some(at) = rest.iter().position(|time| *time == counted.as_millisecond()) {
            rest.remove(at);
            self.replace_checks(subject, &times, &rest, counted).await?;
        }
        Ok(())
    }

    async fn replace_checks(
        &self,
        subject: &SubjectKey,
        expected: &[i64],
        times: &[i64],
        now: Timestamp,
    ) -> Result<(), Failure> {
        let mut item = checks_key(subject);
        item.insert("times".to_owned(), list(times));
        item.insert("ttl".to_owned(), number(now.as_second() + 2 * WINDOW_MS / 1000));
        let put = self
            .client()
            .put_item()
            .table_name(self.name())
            .set_item(Some(item))
            .condition_expression("times = :expected")
            .expression_attribute_values(":expected", list(expected));
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Err(Failure::Conflict)
            }
            Err(error) => Err(unavailable("counting identity checks")(error)),
        }
    }
}
