//! `revoke-contract`: a customer, or staff, takes a contract back that is not signed yet (rules Z18, Z25).
//!
//! Before anything reached the signer it is revoked at once. From `signing` on the provider decides: the answer is 202 and
//! `revoking`, never an early "revoked".

use contract::{Cause, CauseKind, Clock, Command, Contract, Reason, State, decide};
use store::{Appended, By, Table};
use web::{Contact, ContractView, Fields, Host, Problem, Request, Response, StaffContractView};

/// What this function works with.
pub struct App {
    table: Table,
    contact: Contact,
    clock: Clock,
}

impl App {
    /// Reads the function's settings; `None` where one is missing or malformed, which the settings then say.
    pub fn new(host: &mut Host) -> Option<Self> {
        let table = host.settings.required("TABLE_NAME");
        let schedule = host.settings.parsed("LOOK_SCHEDULE");
        let contact = host.settings.json("CONTACT");
        Some(Self {
            table: Table::new(&host.aws, table, schedule?, host.random.clone()),
            contact: contact?,
            clock: host.clock.clone(),
        })
    }
}

/// `POST /v1/contracts/{id}/revoke` and `POST /v1/staff/contracts/{id}/revoke`.
pub async fn handle(app: &App, request: Request) -> Response {
    let by_staff = request.uri().path().starts_with("/v1/staff/");
    let answer = if by_staff { staff_revokes(app, &request).await } else { customer_revokes(app, &request).await };
    web::respond(&request, answer)
}

async fn customer_revokes(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::customer(request)?;
    let contract = web::own_contract(request, &caller, |id| app.table.contract(id)).await?;
    let body = web::optional_json_body(request)?;
    let mut fields = Fields::of(&body);
    let reason = fields.optional_text("reason", Reason::parse);
    fields.finish(Some(()))?;
    let by = By { actor: caller.actor(), origin: caller.origin, now: (app.clock)() };
    let revoked = revoke(app, contract, Cause { kind: CauseKind::Customer, reason }, &by).await?;
    Ok(answer(&revoked, &ContractView::of(&revoked.contract)))
}

async fn staff_revokes(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::staff(request)?;
    let contract = app.table.contract(web::contract_id(request)?).await?.ok_or_else(Problem::not_found)?;
    let (body, _) = web::json_body(request)?;
    let mut fields = Fields::of(&body);
    let reason = fields.text("reason", Reason::parse);
    let reason = Some(fields.finish(reason)?);
    let by = By { actor: caller.actor(), origin: caller.origin, now: (app.clock)() };
    let revoked = revoke(app, contract, Cause { kind: CauseKind::Staff, reason }, &by).await?;
    Ok(answer(&revoked, &StaffContractView::of(&revoked.contract, web::language(request), None)))
}

async fn revoke(app: &App, contract: Contract, cause: Cause, by: &By) -> Result<Appended, Problem> {
    let command = Command::Revoke { cause };
    let revoked = app.table.change::<Problem>(contract, by, |contract| {
        decide(contract, &command, by.now).map_err(|refusal| Problem::refusal(&refusal, &app.contact))
    });
    revoked.await
}

fn answer(revoked: &Appended, view: &impl serde::Serialize) -> Response {
    if matches!(revoked.contract.state, State::Revoking { .. }) { web::accepted(view) } else { web::ok(view) }
}
