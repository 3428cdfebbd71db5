//! What was mailed.

use super::{BUSINESS, World, until};
use serde_json::Value;

/// One mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub message_id: String,
}

impl Mail {
    fn of(shown: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            to: text(&shown["to"][0]),
            subject: text(&shown["subject"]),
            text: text(&shown["text"]),
            message_id: text(&shown["messageId"]),
        }
    }

    /// Whether it says something in Chinese and the same in English below.
    #[track_caller]
    pub fn says(&self, chinese: &str, english: &str) {
        assert!(self.subject.contains(chinese) && self.subject.contains(english), "{self:#?}");
        let (zh, en) = self.text.split_once("\n----\n").unwrap_or_else(|| panic!("one language only: {self:#?}"));
        let chinese = |text: &str| text.chars().filter(|letter| ('\u{4E00}'..='\u{9FFF}').contains(letter)).count();
        assert!(chinese(zh) > 20 && chinese(en) < chinese(zh), "{self:#?}");
    }
}

impl World {
    /// All mails to an address, oldest first.
    pub async fn mails_to(&self, address: &str) -> Vec<Mail> {
        let all = self.anybody().get("/dev/mail").await.is(200);
        let all: Vec<Mail> = all.as_array().into_iter().flatten().map(Mail::of).collect();
        all.into_iter().filter(|mail| mail.to == address).collect()
    }

    /// Staff's mails that speak of something, such as a contract's number.
    pub async fn staff_mails(&self, about: &str) -> Vec<Mail> {
        let mut mails = self.mails_to(BUSINESS).await;
        mails.retain(|mail| mail.subject.contains(about) || mail.text.contains(about));
        mails
    }

    /// The mails to an address once there are so many; that no further one comes is for [`World::no_more_mails`] to say.
    pub async fn mails_until(&self, address: &str, count: usize) -> Vec<Mail> {
        until(&format!("{count} mails to {address}"), async || {
            let mails = self.mails_to(address).await;
            if mails.len() >= count { Ok(mails) } else { Err(mails) }
        })
        .await
    }

    /// Staff's mails that speak of something, once there are so many.
    pub async fn staff_mails_until(&self, about: &str, count: usize) -> Vec<Mail> {
        until(&format!("{count} mails to staff about {about}"), async || {
            let mails = self.staff_mails(about).await;
            if mails.len() >= count { Ok(mails) } else { Err(mails) }
        })
        .await
    }
}
