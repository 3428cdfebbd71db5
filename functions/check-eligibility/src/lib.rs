//! `check-eligibility`: whether the caller's verified subject can apply, and if not, why (rules Z2 to Z5, Z26).

use contract::{Refusal, Slot};
use store::Table;
use web::{Contact, Eligibility, Host, Problem, Request, Response, SubjectView};

/// What this function works with.
pub struct App {
    table: Table,
    contact: Contact,
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let table = host.settings.required("TABLE_NAME");
        let schedule = host.settings.parsed("LOOK_SCHEDULE");
        let contact = host.settings.json("CONTACT");
        Some(Self { table: Table::new(&host.aws, table, schedule?, host.random.clone()), contact: contact? })
    }
}

/// `GET /v1/eligibility`.
pub async fn handle(app: &App, request: Request) -> Response {
    let answer = eligibility(app, &request).await;
    web::respond(&request, answer.map(|answer| web::ok(&answer)))
}

async fn eligibility(app: &App, request: &Request) -> Result<Eligibility, Problem> {
    let caller = web::customer(request)?;
    let subject = app.table.identity(&caller.customer).await?.and_then(|identity| identity.subject);
    let slot = match &subject {
        Some(subject) => app.table.slot(&subject.key).await?,
        None => Slot::Free,
    };
    let refusal = if subject.is_some() { slot.refusal(&caller.customer) } else { Some(Refusal::Unverified) };
    let contract_id = match &slot {
        Slot::Open { contract, customer, .. } | Slot::Signed { contract, customer } if *customer == caller.customer => {
            Some(contract.to_string())
        }
        _ => None,
    };
    Ok(Eligibility {
        eligible: refusal.is_none(),
        reason: refusal.as_ref().map(Refusal::code),
        subject: subject.as_ref().map(SubjectView::of),
        contract_id,
        contact: refusal.filter(Refusal::names_contact).map(|_| app.contact.clone()),
    })
}
