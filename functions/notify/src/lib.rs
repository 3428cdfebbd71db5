//! `notify`: mails to the customer and to the vendor's staff.
//!
//! Each mail has a Message-ID of its own that does not change when it is sent again, and a record of having been sent; so nobody
//! gets one twice but after a crash between the mail service's acceptance and the record.
//!
//! A mail service that is away is no error of the message: it is acknowledged, and the mail waits in the table for the timer. So a
//! dead-letter queue holds defects, never outages.

mod words;

use contract::{Clock, Contract};
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use serde::Deserialize;
use store::{MailClaim, Notice, Table};
use web::{Host, Postbox, SqsBatchResponse, SqsEvent};

use words::Letter;

/// What this function works with.
pub struct App {
    table: Table,
    service: Service,
    from: Mailbox,
    staff: Mailbox,
    house: words::House,
    clock: Clock,
}

/// How mail goes out.
enum Service {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Postbox(Postbox),
}

/// Why a message comes again.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Store(#[from] store::Failure),
    #[error("the mail could not be put together: {0}")]
    Letter(#[from] lettre::error::Error),
    #[error("the mail service refused the mail")]
    Refused,
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
            service: match host.postbox.clone() {
                Some(postbox) => Service::Postbox(postbox),
                None => Service::Smtp(smtp?.timeout(Some(std::time::Duration::from_secs(10))).build()),
            },
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
    let (to, letter) = match &notice {
        Notice::Contract { contract, kind, .. } => {
            let Some(contract) = app.table.contract(*contract).await? else { return Ok(()) };
            let Some(letter) = words::of_contract(&app.house, &contract, kind) else { return Ok(()) };
            (if letter.to_staff { app.staff.clone() } else { customer(&contract)? }, letter)
        }
        Notice::Enquiry { enquiry } => {
            let Some(enquiry) = app.table.enquiry(*enquiry).await? else { return Ok(()) };
            (app.staff.clone(), words::of_enquiry(&app.house, &enquiry))
        }
        Notice::Paper { paper } => {
            let Some(paper) = app.table.paper(*paper).await? else { return Ok(()) };
            (app.staff.clone(), words::of_paper(&app.house, &paper))
        }
    };
    send(app, &notice, to, &letter).await
}

/// Sends a letter that has not been sent.
async fn send(app: &App, notice: &Notice, to: Mailbox, letter: &Letter) -> Result<(), Failed> {
    let mail = match app.table.claim_mail(notice, (app.clock)()).await? {
        MailClaim::Mine(mail) => mail,
        MailClaim::Sent => return Ok(()),
        MailClaim::Busy => return Err(Failed::Busy),
    };
    let (owner, name) = notice.place();
    let id = format!("<{}.{name}@{}>", owner.to_ascii_lowercase().replace('#', "."), app.from.email.domain());
    let message = Message::builder()
        .message_id(Some(id))
        .from(app.from.clone())
        .to(to)
        .subject(&letter.subject)
        .header(ContentType::TEXT_PLAIN)
        .body(letter.text.clone());
    let posted = match message {
        Ok(message) => Ok(post(app, message).await),
        Err(error) => Err(error),
    };
    match posted {
        Ok(Posted::Taken) => Ok(app.table.mail_sent(&mail, (app.clock)()).await?),
        Ok(Posted::Away) => {
            let again = app.table.mail_waits(&mail, (app.clock)()).await?;
            tracing::warn!(%owner, %name, %again, "the mail service could not be reached or asked to try later; the mail waits");
            Ok(())
        }
        Ok(Posted::Refused) => {
            app.table.mail_refused(&mail).await?;
            Err(Failed::Refused)
        }
        Err(error) => {
            app.table.mail_refused(&mail).await?;
            Err(error.into())
        }
    }
}

/// What the mail service made of a mail.
enum Posted {
    Taken,
    /// It cannot be reached, or asks to try later: it will take the mail another time.
    Away,
    /// It will never take this mail.
    Refused,
}

async fn post(app: &App, message: Message) -> Posted {
    match &app.service {
        Service::Smtp(smtp) => match smtp.send(message).await {
            Ok(_) => Posted::Taken,
            Err(error) if error.is_permanent() => Posted::Refused,
            Err(_) => Posted::Away,
        },
        Service::Postbox(postbox) => match postbox(message.formatted()).await {
            Ok(()) => Posted::Taken,
            Err(_) => Posted::Away,
        },
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
