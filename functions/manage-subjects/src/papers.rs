//! Paper contracts that staff register, look at and withdraw.

use contract::{Invalid, Name, PaperId, Refusal, Slot};
use store::{By, Page, Paper, PaperPut, PaperStatus, Withdrawn};
use web::{Fields, PageView, PaperView, Problem, Request, Response, SubjectView};

use crate::{App, sealed, told};

fn view(paper: &Paper) -> PaperView {
    PaperView {
        id: paper.id.to_string(),
        subject: SubjectView::of(&paper.subject),
        reference: paper.reference.clone(),
        signed_on: paper.signed_on.clone(),
        status: paper.status.as_str(),
        reason: match paper.status {
            PaperStatus::Waiting => Some("revoking_contract"),
            PaperStatus::Refused => Some("contract_signed"),
            PaperStatus::Recorded | PaperStatus::Withdrawn => None,
        },
        contract_id: paper.contract.map(|contract| contract.to_string()),
        created_at: paper.created_at.to_string(),
        updated_at: paper.updated_at.to_string(),
    }
}

fn paper_id(request: &Request) -> Result<PaperId, Problem> {
    web::parameter(request, "id").as_deref().and_then(PaperId::parse).ok_or_else(Problem::not_found)
}

pub(crate) async fn register(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::staff(request)?;
    let (body, _) = web::json_body(request)?;
    let now = (app.clock)();
    let mut fields = Fields::of(&body);
    let subject = fields.object("subject", told);
    let reference = fields.text("reference", Name::parse);
    let signed_on = fields.text("signedOn", |text| {
        let date: jiff::civil::Date = text.parse().map_err(|_| Invalid::BadFormat)?;
        // The day in China, where the contract was signed.
        let today = jiff::tz::Offset::constant(8).to_datetime(now).date();
        if date > today { Err(Invalid::InFuture) } else { Ok(date.to_string()) }
    });
    let (subject, (reference, signed_on)) = fields.finish(subject.zip(reference.zip(signed_on)))?;
    let subject = sealed(app, subject).await?;
    let by = By { actor: caller.actor(), origin: caller.origin, now };
    match app.table.register_paper(&subject, reference.as_str(), &signed_on, &by).await? {
        PaperPut::Done(paper) | PaperPut::Same(paper) => Ok(if paper.status == PaperStatus::Waiting {
            web::accepted(&view(&paper))
        } else {
            web::created(&view(&paper))
        }),
        PaperPut::ReferenceTaken => Err(Problem::reference_taken()),
        PaperPut::Held(slot) => Err(Problem::refusal(&held(&slot), &app.contact)),
    }
}

/// Why a slot takes no paper contract.
fn held(slot: &Slot) -> Refusal {
    match slot {
        Slot::Signed { .. } => Refusal::ContractSigned,
        // One waits already: as good as on record.
        Slot::Paper { .. } | Slot::Open { .. } | Slot::Free => Refusal::SignedOnPaper,
    }
}

pub(crate) async fn list(app: &App, request: &Request) -> Result<Response, Problem> {
    web::staff(request)?;
    let cursor = web::cursor(request, Page::<()>::cursor)?;
    let page = app.table.papers(cursor.as_deref()).await?;
    Ok(web::ok(&PageView { items: page.items.iter().map(view).collect(), cursor: page.cursor }))
}

pub(crate) async fn one(app: &App, request: &Request) -> Result<Response, Problem> {
    web::staff(request)?;
    let paper = app.table.paper(paper_id(request)?).await?;
    paper.map(|paper| web::ok(&view(&paper))).ok_or_else(Problem::not_found)
}

pub(crate) async fn withdraw(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::staff(request)?;
    let by = By { actor: caller.actor(), origin: caller.origin.clone(), now: (app.clock)() };
    match app.table.withdraw_paper(paper_id(request)?, &by).await? {
        Some(Withdrawn::Done(paper)) => Ok(web::ok(&view(&paper))),
        Some(Withdrawn::Not(_)) => Err(Problem::refusal(&Refusal::WrongState, &app.contact)),
        None => Err(Problem::not_found()),
    }
}
