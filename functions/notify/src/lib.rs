//! `notify`: mails to the customer and to the vendor's staff.
//!
//! Each mail has a Message-ID of its own that does not change when it is sent again, and a record of having been sent; so nobody
//! gets one twice but after a crash between the mail service's acceptance and the record.

mod words;

use contract::{Clock, Contract, ContractId, EnquiryId, PaperId};
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use serde::Deserialize;
use store::{MailClaim, Table};
use web::{Host, SqsBatchResponse, SqsEvent};

use words::Letter;

/// What this function works with.
pub struct App {
    table: Table,
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    staff: Mailbox,
    house: words::House,
    clock: Clock,
}

/// A message of the notifications queue.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Notice {
    Contract { contract: ContractId, kind: String, seq: u64 },
    Enquiry { enquiry: EnquiryId },
    Paper { paper: PaperId },
}

/// Why a mail is tried again.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Store(#[from] store::Failure),
    #[error("the mail could not be put together: {0}")]
    Letter(#[from] lettre::error::Error),
    #[error("the mail service did not take the mail: {}", if .0.is_permanent() { "it refused" } else { "it could not be reached or asked to try later" })]
    Smtp(#[from] lettre::transport::smtp::Error),
    #[error("the customer's e-mail address is not one that mail can be sent to")]
    Address,
    #[error("the mail is being sent by another run; it is looked at again")]
    Busy,
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let table = host.settings.required("TABLE_NAME");
        let schedule = host.settings.parsed("LOOK_SCHEDULE");
        let url = host.settings.required("SMTP_URL");
        let smtp = host.settings.accept(
            "SMTP_URL",
            AsyncSmtpTransport::<Tokio1Executor>::from_url(&url)
                .map_err(|_| "write it as smtps://user:password@host:465"),
        );
        let from = host.settings.parsed("MAIL_FROM");
        let staff = host.settings.parsed("STAFF_MAIL");
        let vendor = host.settings.json::<Vendor>("PARTY_B");
        let contact = host.settings.json("CONTACT");
        let console = host.settings.required("CONSOLE_URL");
        Some(Self {
            table: Table::new(&host.aws, table, schedule?, host.random.clone()),
            smtp: smtp?.timeout(Some(std::time::Duration::from_secs(10))).build(),
            from: from?,
            staff: staff?,
            house: words::House { vendor: vendor?.name, contact: contact?, console },
            clock: host.clock.clone(),
        })
    }
}

/// Sends what each message asks for; those that could not be sent come again.
pub async fn handle(app: &App, event: SqsEvent) -> SqsBatchResponse {
    web::each_message(event, |notice: Notice| deliver(app, notice)).await
}

async fn deliver(app: &App, notice: Notice) -> Result<(), Failed> {
    match notice {
        Notice::Contract { contract, kind, seq } => {
            let Some(contract) = app.table.contract(contract).await? else { return Ok(()) };
            let Some(letter) = words::of_contract(&app.house, &contract, &kind) else { return Ok(()) };
            let to = if letter.to_staff { app.staff.clone() } else { customer(&contract)? };
            send(app, &format!("CONTRACT#{}", contract.id), &format!("{seq:06}"), to, &letter).await
        }
        Notice::Enquiry { enquiry } => {
            let Some(enquiry) = app.table.enquiry(enquiry).await? else { return Ok(()) };
            send(
                app,
                &format!("ENQUIRY#{}", enquiry.id),
                "recorded",
                app.staff.clone(),
                &words::of_enquiry(&app.house, &enquiry),
            )
            .await
        }
        Notice::Paper { paper } => {
            let Some(paper) = app.table.paper(paper).await? else { return Ok(()) };
            send(
                app,
                &format!("PAPER#{}", paper.id),
                "refused",
                app.staff.clone(),
                &words::of_paper(&app.house, &paper),
            )
            .await
        }
    }
}

/// Sends a letter that has not been sent.
async fn send(app: &App, owner: &str, name: &str, to: Mailbox, letter: &Letter) -> Result<(), Failed> {
    match app.table.claim_mail(owner, name, (app.clock)()).await? {
        MailClaim::Mine => {}
        MailClaim::Sent => return Ok(()),
        MailClaim::Busy => return Err(Failed::Busy),
    }
    let id = format!("<{}.{name}@{}>", owner.to_ascii_lowercase().replace('#', "."), app.from.email.domain());
    let message = Message::builder()
        .message_id(Some(id))
        .from(app.from.clone())
        .to(to)
        .subject(&letter.subject)
        .header(ContentType::TEXT_PLAIN)
        .body(letter.text.clone());
    let sent = match message {
        Ok(message) => app.smtp.send(message).await.map(drop).map_err(Failed::from),
        Err(error) => Err(error.into()),
    };
    match sent {
        Ok(()) => Ok(app.table.mail_sent(owner, name, (app.clock)()).await?),
        Err(failed) => {
            app.table.mail_not_sent(owner, name).await?;
            Err(failed)
        }
    }
}

fn customer(contract: &Contract) -> Result<Mailbox, Failed> {
    let address = contract.application.party_a.email.as_str().parse().map_err(|_| Failed::Address)?;
    Ok(Mailbox::new(None, address))
}

#[derive(Deserialize)]
struct Vendor {
    name: String,
}
