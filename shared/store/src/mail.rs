//! Which mails went out, so that none goes out twice but after a crash between the mail service's acceptance and the record.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use contract::Timestamp;

use crate::{
    Failure, Table,
    failure::unavailable,
    item::{Item, get, key, number, text},
};

/// For so long a mail that is being sent is nobody else's.
const LEASE_SECONDS: i64 = 300;

/// Who sends a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailClaim {
    /// The caller.
    Mine,
    /// It went out before.
    Sent,
    /// Somebody else is sending it.
    Busy,
}

/// `owner` is the item that the mail is about, such as `CONTRACT#…`; `name` tells its mails apart.
fn mail_key(owner: &str, name: &str) -> Item {
    key(owner, format!("MAIL#{name}"))
}

impl Table {
    /// Claims a mail before it is sent.
    pub async fn claim_mail(&self, owner: &str, name: &str, now: Timestamp) -> Result<MailClaim, Failure> {
        let mut item = mail_key(owner, name);
        item.insert("status".to_owned(), text("sending"));
        item.insert("leasedUntil".to_owned(), number(now.as_second() + LEASE_SECONDS));
        let put = self
            .client()
            .put_item()
            .table_name(self.name())
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR (#status = :sending AND leasedUntil < :now)")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":sending", text("sending"))
            .expression_attribute_values(":now", number(now.as_second()))
            .return_values_on_condition_check_failure(
                aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld,
            );
        let error = match put.send().await {
            Ok(_) => return Ok(MailClaim::Mine),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(held)) => {
                let sent = held.item().and_then(|item| get(item, "status")) == Some("sent");
                Ok(if sent { MailClaim::Sent } else { MailClaim::Busy })
            }
            _ => Err(unavailable("claiming a mail")(error)),
        }
    }

    /// Records that the mail service took it.
    pub async fn mail_sent(&self, owner: &str, name: &str, now: Timestamp) -> Result<(), Failure> {
        let mut item = mail_key(owner, name);
        item.insert("status".to_owned(), text("sent"));
        item.insert("sentAt".to_owned(), text(crate::item::stamp(now)));
        let put = self.client().put_item().table_name(self.name()).set_item(Some(item)).send().await;
        put.map(|_| ()).map_err(unavailable("recording a mail"))
    }

    /// Gives a claim back, where the mail service did not take it.
    pub async fn mail_not_sent(&self, owner: &str, name: &str) -> Result<(), Failure> {
        let delete = self
            .client()
            .delete_item()
            .table_name(self.name())
            .set_key(Some(mail_key(owner, name)))
            .condition_expression("#status = :sending")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":sending", text("sending"))
            .send()
            .await;
        match delete {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(unavailable("giving a mail back")(error)),
        }
    }
}
