//! A mail server that accepts everything and delivers nothing: it keeps each message for `/dev/mail`. Only `nobody@…` is refused, for good, and
//! `busy@…` once.
//!
//! A message is acknowledged only after it is kept, so a sender that saw `250` never finds its message missing. Just the part of RFC 5321 that
//! senders need is spoken: no encryption and no authentication, because it listens on 127.0.0.1 only.

use crate::mail::Mailbox;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The largest message taken, in bytes.
const LARGEST: usize = 10 * 1024 * 1024;
/// The longest command or line of text, in bytes, its end included; generous against RFC 5321's 1000.
const LONGEST_LINE: u64 = 64 * 1024;
/// The most recipients of one message.
const MOST_RECIPIENTS: usize = 100;
/// A sender that says nothing for so long is cut off.
const PATIENCE: Duration = Duration::from_secs(60);

/// Takes mail until `stop` changes.
pub async fn serve(listener: TcpListener, mailbox: Arc<Mailbox>, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let mailbox = Arc::clone(&mailbox);
                tokio::spawn(async move {
                    let (reader, writer) = stream.into_split();
                    // A broken connection concerns its sender only, who will try again.
                    let _ = converse(BufReader::new(reader), writer, &mailbox).await;
                });
            }
        }
    }
}

/// What a sender has said so far.
#[derive(Default)]
struct Envelope {
    from: Option<String>,
    to: Vec<String>,
}

async fn converse(
    mut reader: impl AsyncBufRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
    mailbox: &Mailbox,
) -> std::io::Result<()> {
    let mut envelope = Envelope::default();
    writer.write_all(b"220 localhost Countersign mail sink\r\n").await?;
    while let Some(line) = read_line(&mut reader).await? {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let (verb, rest) = line.split_once(' ').unwrap_or((line.as_str(), ""));
        let reply = match verb.to_ascii_uppercase().as_str() {
            "HELO" => "250 localhost".to_owned(),
            "EHLO" => format!("250-localhost\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE {LARGEST}"),
            "MAIL" => match address(rest, "FROM:") {
                Some(from) => {
                    envelope = Envelope { from: Some(from), to: Vec::new() };
                    "250 OK".to_owned()
                }
                None => "501 MAIL FROM:<address> was expected".to_owned(),
            },
            "RCPT" => match address(rest, "TO:").filter(|to| !to.is_empty()) {
                _ if envelope.from.is_none() => "503 MAIL comes first".to_owned(),
                _ if envelope.to.len() >= MOST_RECIPIENTS => "452 Too many recipients".to_owned(),
                Some(to) if to.starts_with("nobody@") => "550 Nobody has this address".to_owned(),
                Some(to) if to.starts_with("busy@") && mailbox.first_asked(&to) => "450 Try again later".to_owned(),
                Some(to) => {
                    envelope.to.push(to);
                    "250 OK".to_owned()
                }
                None => "501 RCPT TO:<address> was expected".to_owned(),
            },
            "DATA" if envelope.to.is_empty() => "503 RCPT comes first".to_owned(),
            "DATA" => {
                writer.write_all(b"354 End with a line that holds only a full stop\r\n").await?;
                let sent = std::mem::take(&mut envelope);
                match read_message(&mut reader).await? {
                    None => "552 The message is too large".to_owned(),
                    Some(message) => match mailbox.keep(&sent.from.unwrap_or_default(), &sent.to, &message) {
                        Ok(()) => "250 OK".to_owned(),
                        Err(error) => {
                            tracing::error!(%error, "a mail could not be kept");
                            "451 The message could not be kept".to_owned()
                        }
                    },
                }
            }
            "RSET" => {
                envelope = Envelope::default();
                "250 OK".to_owned()
            }
            "NOOP" => "250 OK".to_owned(),
            "QUIT" => {
                writer.write_all(b"221 Goodbye\r\n").await?;
                return Ok(());
            }
            _ => "502 This command is not known".to_owned(),
        };
        writer.write_all(reply.as_bytes()).await?;
        writer.write_all(b"\r\n").await?;
    }
    Ok(())
}

/// The address in `FROM:<a@b> SIZE=1`; empty for `<>`.
fn address(rest: &str, keyword: &str) -> Option<String> {
    let (found, path) = rest.split_at_checked(keyword.len())?;
    let (address, _) = path.trim_start().strip_prefix('<')?.split_once('>')?;
    found.eq_ignore_ascii_case(keyword).then(|| address.to_owned())
}

/// One line with its end, or `None` at the end of the connection.
async fn read_line(reader: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut limited = reader.take(LONGEST_LINE);
    match tokio::time::timeout(PATIENCE, limited.read_until(b'\n', &mut line)).await {
        Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
        Ok(read) => match read? {
            0 => Ok(None),
            _ if line.ends_with(b"\n") => Ok(Some(line)),
            _ => Err(std::io::ErrorKind::InvalidData.into()),
        },
    }
}

/// The message up to the lone full stop, with doubled full stops undone; `None` when it is too large.
async fn read_message(reader: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<Vec<u8>>> {
    let mut message = Vec::new();
    let mut too_large = false;
    while let Some(line) = read_line(reader).await? {
        if line == b".\r\n" || line == b".\n" {
            return Ok((!too_large).then_some(message));
        }
        too_large |= message.len() + line.len() > LARGEST;
        if !too_large {
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }
    Err(std::io::ErrorKind::UnexpectedEof.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Folder;

    async fn say(script: &str) -> (String, Arc<Mailbox>) {
        let mailbox = Arc::new(Mailbox::open(Folder::none()).unwrap());
        let mut replies = Vec::new();
        let _ = converse(BufReader::new(script.as_bytes()), &mut replies, &mailbox).await;
        (String::from_utf8(replies).unwrap(), mailbox)
    }

    #[tokio::test]
    async fn a_message_is_kept_as_it_was_written() {
        let (replies, mailbox) = say(
            "EHLO me\r\nMAIL FROM:<a@x.example> SIZE=10\r\nRCPT TO:<b@x.example>\r\nrcpt to: <c@x.example>\r\nDATA\r\n\
             Subject: =?utf-8?B?5bey562+572y?=\r\nMessage-ID: <1@x>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
             ..one\r\n合同 two\r\n.\r\nQUIT\r\n",
        )
        .await;
        let codes: Vec<&str> = replies.lines().filter_map(|line| line.get(..3)).collect();
        assert_eq!(codes, ["220", "250", "250", "250", "250", "250", "250", "250", "354", "250", "221"]);
        let mails = mailbox.list();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, ["b@x.example", "c@x.example"]);
        assert_eq!(mails[0].subject, "已签署");
        assert_eq!(mails[0].message_id, "1@x");
        assert_eq!(mails[0].text.trim_end().lines().collect::<Vec<_>>(), [".one", "合同 two"]);
    }

    #[tokio::test]
    async fn commands_out_of_order_are_refused() {
        let (replies, mailbox) =
            say("RCPT TO:<b@x>\r\nDATA\r\nMAIL a\r\nMAIL FROM:<>\r\nRCPT TO:<>\r\nWHAT\r\nRSET\r\nDATA\r\n").await;
        let codes: Vec<&str> = replies.lines().filter_map(|line| line.get(..3)).collect();
        assert_eq!(codes, ["220", "503", "503", "501", "250", "501", "502", "250", "503"]);
        assert!(mailbox.list().is_empty());
    }

    #[tokio::test]
    async fn a_message_cut_off_is_not_kept() {
        let (_, mailbox) = say("MAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nSubject: half\r\n\r\nof it\r\n").await;
        assert!(mailbox.list().is_empty());
    }
}
