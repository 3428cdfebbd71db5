//! What staff decide of a contract that is held for review.

use contract::{Command, Invalid, Reason, ReviewDecision};
use store::By;
use web::{Fields, Problem, Request, Response, StaffContractView};

use crate::App;

pub(crate) async fn decide(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::staff(request)?;
    let contract = app.table.contract(web::contract_id(request)?).await?.ok_or_else(Problem::not_found)?;
    let (body, _) = web::json_body(request)?;
    let mut fields = Fields::of(&body);
    let all = [ReviewDecision::Accept, ReviewDecision::Retry, ReviewDecision::Close];
    let decision = fields.text("decision", |text| {
        all.into_iter().find(|decision| decision.as_str() == text).ok_or(Invalid::UnknownValue)
    });
    let reason = fields.text("reason", Reason::parse);
    let (decision, reason) = fields.finish(decision.zip(reason))?;
    let by = By { actor: caller.actor(), origin: caller.origin, now: (app.clock)() };
    let command = Command::Review { decision, reason, by: caller.sub };
    let reviewed = app.table.change::<Problem>(contract, &by, |contract| {
        contract::decide(contract, &command, by.now).map_err(|refusal| Problem::refusal(&refusal, &app.contact))
    });
    Ok(web::ok(&StaffContractView::of(&reviewed.await?.contract, web::language(request), None)))
}
