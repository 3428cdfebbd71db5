//! Which mails went out, so that none goes out twice but after a crash between the mail service's acceptance and the record; and which
//! wait for the mail service, so that none is lost while it is away: until a mail has gone out, its item has a time at which it is
//! looked at again.

use aws_sdk_dynamodb::{
    operation::{delete_item::DeleteItemError, update_item::UpdateItemError},
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use contract::Timestamp;

use crate::{
    Failure, Notice, Table,
    due::Waiting,
    failure::unavailable,
    item::{Item, get, key, number, shard, stamp, text},
};

/// For so long a mail that is being sent is nobody else's.
const LEASE_SECONDS: i64 = 300;

/// So many seconds after a mail was not taken it is tried again, by how often it was tried before; the last one repeats.
const PAUSES_SECONDS: [i64; 4] = [60, 120, 300, 600];

/// Who sends a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailClaim {
    /// The caller.
    Mine(Claimed),
    /// It went out before.
    Sent,
    /// Somebody else is sending it.
    Busy,
}

/// A mail that is the caller's to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    owner: String,
    name: String,
    /// How often the mail service did not take it before.
    tries: usize,
}

impl Claimed {
    fn item(&self, status: &str) -> Item {
        let mut item = mail_key(&self.owner, &self.name);
        item.insert("status".to_owned(), text(status));
        item
    }

    fn due(&self, item: &mut Item, at: Timestamp) {
        item.insert("dueShard".to_owned(), text(shard("mail", &self.owner)));
        item.insert("dueAt".to_owned(), text(stamp(at)));
    }
}

fn mail_key(owner: &str, name: &str) -> Item {
    key(owner, format!("MAIL#{name}"))
}

fn after(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(now)
}

impl Table {
    /// Claims a mail before it is sent.
    pub async fn claim_mail(&self, notice: &Notice, now: Timestamp) -> Result<MailClaim, Failure> {
        let (owner, name) = notice.place();
        let mut mail = Claimed { owner, name, tries: 0 };
        let lease = after(now, LEASE_SECONDS);
        let claim = self
            .client()
            .update_item()
            .table_name(self.name())
            .set_key(Some(mail_key(&mail.owner, &mail.name)))
            .update_expression(
                "SET #status = :sending, leasedUntil = :lease, dueShard = :shard, dueAt = :due, tries = if_not_exists(tries, :none)",
            )
            .condition_expression(
                "attribute_not_exists(pk) OR #status = :waiting OR (#status = :sending AND leasedUntil < :now)",
            )
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":sending", text("sending"))
            .expression_attribute_values(":waiting", text("waiting"))
            .expression_attribute_values(":lease", number(lease.as_second()))
            .expression_attribute_values(":shard", text(shard("mail", &mail.owner)))
            .expression_attribute_values(":due", text(stamp(lease)))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":now", number(now.as_second()))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match claim.send().await {
            Ok(claimed) => {
                let tries = claimed.attributes().and_then(|item| item.get("tries")?.as_n().ok()?.parse().ok());
                mail.tries = tries.unwrap_or(0);
                return Ok(MailClaim::Mine(mail));
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(held)) => {
                let sent = held.item().and_then(|item| get(item, "status")) == Some("sent");
                Ok(if sent { MailClaim::Sent } else { MailClaim::Busy })
            }
            _ => Err(unavailable("claiming a mail")(error)),
        }
    }

    /// Records that the mail service took it.
    pub async fn mail_sent(&self, mail: &Claimed, now: Timestamp) -> Result<(), Failure> {
        let mut item = mail.item("sent");
        item.insert("sentAt".to_owned(), text(stamp(now)));
        let put = self.client().put_item().table_name(self.name()).set_item(Some(item)).send().await;
        put.map(|_| ()).map_err(unavailable("recording a mail"))
    }

    /// Records that the mail service is away, and gives the time at which the mail is tried again.
    pub async fn mail_waits(&self, mail: &Claimed, now: Timestamp) -> Result<Timestamp, Failure> {
        let pause = PAUSES_SECONDS.get(mail.tries).or(PAUSES_SECONDS.last()).copied().unwrap_or(0);
        let again = after(now, pause);
        let mut item = mail.item("waiting");
        item.insert("tries".to_owned(), number(mail.tries.saturating_add(1)));
        mail.due(&mut item, again);
        let put = self.client().put_item().table_name(self.name()).set_item(Some(item)).send().await;
        put.map(|_| again).map_err(unavailable("putting a mail off"))
    }

    /// Gives a claim back, where the mail can never be taken as it is.
    pub async fn mail_refused(&self, mail: &Claimed) -> Result<(), Failure> {
        let delete = self
            .client()
            .delete_item()
            .table_name(self.name())
            .set_key(Some(mail_key(&mail.owner, &mail.name)))
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

    /// Up to `most` mails per shard whose time has come, longest waiting first.
    pub async fn due_mails(&self, now: Timestamp, most: i32) -> Result<Vec<(Notice, Timestamp)>, Failure> {
        let due = self.due_in("mail", now, most).await?;
        let mail =
            |waiting: &Waiting| Some((Notice::at(&waiting.owner, waiting.name.strip_prefix("MAIL#")?)?, waiting.since));
        Ok(due.iter().filter_map(mail).collect())
    }
}
