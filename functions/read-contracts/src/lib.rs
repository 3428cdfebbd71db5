//! `read-contracts`: lists, one contract, its history, its signed document; for customers their own, for staff all, and the document that
//! a contract is held for.

#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "a test that meets the unexpected should stop there"
    )
)]

mod openapi;

use contract::{
    Clock, ContractId, ContractNumber, Credential, CredentialType, CustomerId, Invalid, Refusal, Sha256, State,
    StateName, Timestamp,
};
use store::{Criteria, Documents, Names, Page, Table};
use web::{
    Contact, ContractView, Customer, Fields, HistoryItem, Host, LinkView, PageView, Problem, Request, Response,
    StaffContractView, history_item,
};

/// What this function works with.
pub struct App {
    table: Table,
    archive: Documents,
    held: Documents,
    names: Names,
    contact: Contact,
    clock: Clock,
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let table = host.settings.required("TABLE_NAME");
        let schedule = host.settings.parsed("LOOK_SCHEDULE");
        let archive = host.settings.required("ARCHIVE_BUCKET");
        let subject_key = host.settings.required("SUBJECT_KEY");
        let contact = host.settings.json("CONTACT");
        Some(Self {
            table: Table::new(&host.aws, table, schedule?, host.random.clone()),
            held: Documents::held(&host.aws, archive.clone()),
            archive: Documents::archive(&host.aws, archive),
            names: Names::new(&subject_key),
            contact: contact?,
            clock: host.clock.clone(),
        })
    }
}

/// Every `GET` under `/v1/contracts` but the draft, `GET /v1/openapi.json`, and staff's search and reading.
pub async fn handle(app: &App, request: Request) -> Response {
    let path = request.uri().path().trim_matches('/').to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    let answer = match parts.as_slice() {
        ["v1", "openapi.json"] => Ok(web::text_json(openapi::document())),
        ["v1", "contracts"] => list(app, &request).await,
        ["v1", "contracts", _] => one(app, &request).await,
        ["v1", "contracts", _, "document"] => document(app, &request).await,
        ["v1", "contracts", _, "events"] => events(app, &request).await,
        ["v1", "staff", "contracts", "search"] => search(app, &request).await,
        ["v1", "staff", "contracts", _] => one_for_staff(app, &request).await,
        ["v1", "staff", "contracts", _, "held-document"] => held_document(app, &request).await,
        _ => Err(Problem::not_found()),
    };
    web::respond(&request, answer)
}

async fn list(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::customer(request)?;
    let cursor = web::cursor(request, Page::<()>::cursor)?;
    let page = app.table.contracts_of(&caller.customer, cursor.as_deref()).await?;
    Ok(web::ok(&PageView { items: page.items.iter().map(ContractView::of).collect(), cursor: page.cursor }))
}

async fn own(app: &App, request: &Request) -> Result<contract::Contract, Problem> {
    let caller: Customer = web::customer(request)?;
    web::own_contract(request, &caller, |id| app.table.contract(id)).await
}

async fn one(app: &App, request: &Request) -> Result<Response, Problem> {
    Ok(web::ok(&ContractView::of(&own(app, request).await?)))
}

/// A short-lived link to the signed PDF.
async fn document(app: &App, request: &Request) -> Result<Response, Problem> {
    let contract = own(app, request).await?;
    let State::Signed { document, .. } = &contract.state else {
        return Err(Problem::refusal(&Refusal::WrongState, &app.contact));
    };
    Ok(web::ok(&link(&app.archive, contract.id, document, (app.clock)()).await?))
}

async fn events(app: &App, request: &Request) -> Result<Response, Problem> {
    let contract = own(app, request).await?;
    let history = app.table.history(contract.id).await?;
    let items: Vec<HistoryItem> = history.iter().map(|entry| history_item(entry, false)).collect();
    Ok(web::ok(&PageView { items, cursor: None }))
}

async fn one_for_staff(app: &App, request: &Request) -> Result<Response, Problem> {
    web::staff(request)?;
    let contract = app.table.contract(web::contract_id(request)?).await?.ok_or_else(Problem::not_found)?;
    let history = app.table.history(contract.id).await?;
    Ok(web::ok(&StaffContractView::of(
        &contract,
        web::language(request),
        Some(history.iter().map(|entry| history_item(entry, true)).collect()),
    )))
}

/// A short-lived link to the PDF that a contract is held for.
async fn held_document(app: &App, request: &Request) -> Result<Response, Problem> {
    web::staff(request)?;
    let contract = app.table.contract(web::contract_id(request)?).await?.ok_or_else(Problem::not_found)?;
    let held = contract.held.as_ref().ok_or_else(|| Problem::refusal(&Refusal::WrongState, &app.contact))?;
    Ok(web::ok(&link(&app.held, contract.id, &held.document, (app.clock)()).await?))
}

async fn link(
    documents: &Documents,
    id: ContractId,
    document: &Sha256,
    now: Timestamp,
) -> Result<LinkView, store::Failure> {
    let link = documents.link(id, document, now).await?;
    let (sha256, expires_at) = (document.to_string(), link.expires_at.to_string());
    Ok(LinkView { url: link.url, sha256, pages: None, expires_at })
}

/// Staff's search. In a body, so that no credential stands in a URL.
async fn search(app: &App, request: &Request) -> Result<Response, Problem> {
    web::staff(request)?;
    let (body, _) = web::json_body(request)?;
    let mut fields = Fields::of(&body);
    let criteria = Criteria {
        state: fields.optional_text("state", |text| {
            StateName::ALL.into_iter().find(|state| state.as_str() == text).ok_or(Invalid::UnknownValue)
        }),
        number: fields.optional_text("number", |text| ContractNumber::parse(text).ok_or(Invalid::BadFormat)),
        customer: fields.optional_text("customerId", |text| CustomerId::parse(text).ok_or(Invalid::BadFormat)),
        subjects: fields.optional_text("credentialNumber", |text| {
            // The number alone does not tell the kind of document: all that it fits are looked for.
            let fits = CredentialType::ALL.into_iter().filter_map(|kind| Credential::parse(kind, text).ok());
            let keys: Vec<_> = fits.map(|credential| app.names.subject(&credential)).collect();
            if keys.is_empty() { Err(Invalid::BadFormat) } else { Ok(keys) }
        }),
        needs_review: fields.optional_flag("needsReview"),
    };
    let cursor = fields.optional_text("cursor", |text| Page::<()>::cursor(text).ok_or(Invalid::BadFormat));
    fields.finish(Some(()))?;
    let language = web::language(request);
    let page = app.table.search(&criteria, cursor.as_deref()).await?;
    let items = page.items.iter().map(|contract| StaffContractView::of(contract, language, None)).collect();
    Ok(web::ok(&PageView { items, cursor: page.cursor }))
}
