//! The mails the stack has sent, for `/dev/mail` and for tests.

use crate::folder::{Folder, FolderError};
use mail_parser::MessageParser;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

const FILE: &str = "mail.jsonl";

/// One mail as a person would read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// The subject, decoded.
    pub subject: String,
    /// The text, decoded, with plain line ends.
    pub text: String,
    /// The `Message-ID` without its angle brackets.
    pub message_id: String,
    /// The `Date` header, RFC 3339; empty where there is none.
    pub date: String,
}

/// All mails, oldest first, kept in the data folder.
#[derive(Debug)]
pub struct Mailbox {
    folder: Folder,
    mails: Mutex<Vec<Mail>>,
    /// Addresses that were told to wait.
    asked: Mutex<BTreeSet<String>>,
}

impl Mailbox {
    /// The mails kept in the folder. A line that a killed process left unfinished is passed over; its sender never had a reply.
    pub fn open(folder: Folder) -> Result<Self, FolderError> {
        let kept = folder.read(FILE)?.unwrap_or_default();
        if !kept.is_empty() && !kept.ends_with('\n') {
            folder.append(FILE, "")?;
        }
        let mails = kept.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Ok(Self { folder, mails: Mutex::new(mails), asked: Mutex::default() })
    }

    /// Keeps a mail as it came over the wire.
    pub fn keep(&self, from: &str, to: &[String], raw: &[u8]) -> Result<(), FolderError> {
        let parsed = MessageParser::default().parse(raw);
        let message = parsed.as_ref();
        let mail = Mail {
            from: from.to_owned(),
            to: to.to_vec(),
            subject: message.and_then(|message| message.subject()).unwrap_or_default().to_owned(),
            text: message.and_then(|message| message.body_text(0)).unwrap_or_default().replace("\r\n", "\n"),
            message_id: message.and_then(|message| message.message_id()).unwrap_or_default().to_owned(),
            date: message.and_then(|message| message.date()).map(mail_parser::DateTime::to_rfc3339).unwrap_or_default(),
        };
        let mut mails = self.lock();
        self.folder.append(FILE, &serde_json::to_string(&mail).unwrap_or_default())?;
        mails.push(mail);
        Ok(())
    }

    /// The mails, oldest first.
    pub fn list(&self) -> Vec<Mail> {
        self.lock().clone()
    }

    /// Whether nobody has asked for this address before.
    pub fn first_asked(&self, to: &str) -> bool {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(to.to_owned())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Mail>> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_outlive_the_process_and_half_a_line_does_no_harm() {
        let path = std::env::temp_dir().join(format!("countersign-mail-{}", rand::random::<u64>()));
        let raw = b"Subject: a\r\nMessage-ID: <m-1@x>\r\nDate: Mon, 23 Nov 2026 06:05:00 +0000\r\n\r\nhello\r\n";
        let mailbox = Mailbox::open(Folder::open(&path).unwrap()).unwrap();
        mailbox.keep("a@x", &["b@x".to_owned()], raw).unwrap();
        drop(mailbox);
        std::fs::OpenOptions::new()
            .append(true)
            .open(path.join(FILE))
            .and_then(|mut file| std::io::Write::write_all(&mut file, b"{\"from\":\"x"))
            .unwrap();
        let mailbox = Mailbox::open(Folder::open(&path).unwrap()).unwrap();
        mailbox.keep("a@x", &["c@x".to_owned()], raw).unwrap();
        drop(mailbox);
        let mails = Mailbox::open(Folder::open(&path).unwrap()).unwrap().list();
        assert_eq!(mails.iter().map(|mail| mail.to[0].as_str()).collect::<Vec<_>>(), ["b@x", "c@x"]);
        assert_eq!(mails[0].date, "2026-11-23T06:05:00Z");
        assert_eq!(mails[0].text.trim_end(), "hello");
        std::fs::remove_dir_all(path).unwrap();
    }
}
