//! `fill-party-a`: step 1 of the wizard, and the way back to it. Takes party A's information and renders the draft from it.

mod body;
mod draft;

use contract::{
    Application, Clock, Command, Contract, ContractId, ContractNumber, Identity, Invalid, Opening, Random, Refusal,
    Sha256, Subject, decide, may_edit, opened,
};
use store::{By, Opened, Table, UsedKey};
use web::{Contact, Customer, Host, Problem, Request, Response};

use draft::Drafter;

/// How often a step that others overtake is decided again before the caller is told.
const ATTEMPTS: u32 = 10;

/// What this function works with.
pub struct App {
    table: Table,
    drafter: Drafter,
    contact: Contact,
    clock: Clock,
    random: Random,
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let table = host.settings.required("TABLE_NAME");
        let schedule = host.settings.parsed("LOOK_SCHEDULE");
        let contact = host.settings.json("CONTACT");
        let drafter = Drafter::new(host);
        Some(Self {
            table: Table::new(&host.aws, table, schedule?, host.random.clone()),
            drafter: drafter?,
            contact: contact?,
            clock: host.clock.clone(),
            random: host.random.clone(),
        })
    }
}

/// `POST /v1/contracts` and `PUT /v1/contracts/{id}/party-a`.
pub async fn handle(app: &App, request: Request) -> Response {
    let answer =
        if web::has_parameter(&request, "id") { edit(app, &request).await } else { apply(app, &request).await };
    web::respond(&request, answer)
}

/// Step 1: opens a contract for the verified subject, if its slot is free.
async fn apply(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::customer(request)?;
    let (value, sent) = web::json_body(request)?;
    let application = body::application(&value, &app.drafter.renderer)?;
    let key = web::idempotency_key(request)?;
    let by = By { actor: caller.actor(), origin: caller.origin.clone(), now: (app.clock)() };
    for attempt in 0..ATTEMPTS {
        let (identity, used) = app.table.before_application(&caller.customer, key.as_deref(), by.now).await?;
        if let Some(used) = used {
            return repeated(app, &caller, &used, &sent).await;
        }
        let (identity, subject) =
            verified(identity).ok_or_else(|| Problem::refusal(&Refusal::Unverified, &app.contact))?;
        fits(app, &application, &subject)?;
        let id = ContractId::new(by.now, (app.random)());
        let number = ContractNumber::new(by.now, (app.random)());
        let language = web::language(request);
        let draft = app.drafter.draft(id, &number, language, &subject, &application, by.now).await?;
        let opening = Opening {
            id,
            number,
            language,
            customer: caller.customer.clone(),
            subject,
            application: application.clone(),
            draft,
        };
        let used = key.as_ref().map(|key| UsedKey { key: key.clone(), body_sha256: Sha256::of(&sent), contract: id });
        match app.table.open(opened(opening, by.now), &identity, used.as_ref(), &by).await {
            Ok(Opened::Done(contract)) => {
                return Ok(web::about(web::created(&web::ContractView::of(&contract)), contract.id));
            }
            Ok(Opened::KeyUsed(used)) => return repeated(app, &caller, &used, &sent).await,
            Ok(Opened::Held(slot)) => match slot.refusal(&caller.customer) {
                Some(refusal) => return Err(Problem::refusal(&refusal, &app.contact)),
                None => app.table.pause(attempt).await,
            },
            Err(store::Failure::Conflict) => app.table.pause(attempt).await,
            Err(failure) => return Err(failure.into()),
        }
    }
    Err(store::Failure::Conflict.into())
}

/// Back to step 1: a new draft from changed information; the confirmation falls away.
async fn edit(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::customer(request)?;
    let mut contract = web::own_contract(request, &caller, |id| app.table.contract(id)).await?;
    let id = contract.id;
    let (value, _) = web::json_body(request)?;
    let (application, revision) = body::edit(&value, &app.drafter.renderer)?;
    fits(app, &application, &contract.subject)?;
    let by = By { actor: caller.actor(), origin: caller.origin.clone(), now: (app.clock)() };
    for attempt in 0..ATTEMPTS {
        let refused = |refusal: Refusal| Problem::refusal(&refusal, &app.contact);
        if !may_edit(&contract, revision, &application).map_err(refused)? {
            return Ok(web::ok(&web::ContractView::of(&contract)));
        }
        let draft =
            app.drafter.draft(id, &contract.number, contract.language, &contract.subject, &application, by.now).await?;
        let command = Command::Edit { revision, application: Box::new(application.clone()), draft };
        let events = decide(&contract, &command, by.now).map_err(refused)?;
        match app.table.append(&contract, &events, &by).await {
            Ok(appended) => return Ok(web::ok(&web::ContractView::of(&appended.contract))),
            Err(store::Failure::Conflict) => app.table.pause(attempt).await,
            Err(failure) => return Err(failure.into()),
        }
        contract = app.table.contract(id).await?.ok_or_else(Problem::not_found)?;
    }
    Err(store::Failure::Conflict.into())
}

/// The same key with the same body gets the first one's answer: the contract as it stands. With another body it is refused.
async fn repeated(app: &App, caller: &Customer, used: &UsedKey, sent: &[u8]) -> Result<Response, Problem> {
    if used.body_sha256 != Sha256::of(sent) {
        return Err(Problem::idempotency_key_reused());
    }
    let contract: Option<Contract> = app.table.contract(used.contract).await?;
    let contract = contract.filter(|contract| contract.customer == caller.customer).ok_or_else(Problem::not_found)?;
    Ok(web::about(web::created(&web::ContractView::of(&contract)), contract.id))
}

fn verified(identity: Option<Identity>) -> Option<(Identity, Subject)> {
    let identity = identity?;
    let subject = identity.subject.clone()?;
    Some((identity, subject))
}

/// The information fits the signing type, which follows the verified subject (rules Z7, Z8, Z11).
fn fits(app: &App, application: &Application, subject: &Subject) -> Result<(), Problem> {
    // Nobody typed the verified name here, but it is printed.
    if let Some(character) = app.drafter.renderer.unprintable(subject.name.as_str()) {
        return Err(Problem::invalid_field("/subject/name", Invalid::Unprintable { character }));
    }
    application.unfit_for(subject).map_or(Ok(()), |(pointer, invalid)| Err(Problem::invalid_field(pointer, invalid)))
}
