//! Customers' verified identities, told by the vendor's real-name system.

use contract::{CustomerId, Identity, Invalid, Timestamp};
use store::{By, IdentityPut};
use web::{Fields, IdentityView, Problem, Request, Response, SubjectView, TakenBackIdentity};

use crate::{App, sealed, told};

/// A verification may be dated so many seconds ahead of our clock, not more.
const CLOCK_SKEW_SECONDS: i64 = 300;

fn view(identity: &Identity) -> Option<IdentityView> {
    Some(IdentityView {
        customer_id: identity.customer.to_string(),
        subject: SubjectView::of(identity.subject.as_ref()?),
        verified_at: identity.verified_at.to_string(),
        version: identity.version,
        revoked_contract_id: None,
    })
}

fn customer_id(request: &Request) -> Result<CustomerId, Problem> {
    web::parameter(request, "customerId").as_deref().and_then(CustomerId::parse).ok_or_else(Problem::not_found)
}

pub(crate) async fn put(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::staff(request)?;
    let customer = customer_id(request)?;
    let (body, _) = web::json_body(request)?;
    let now = (app.clock)();
    let mut fields = Fields::of(&body);
    let subject = told(&mut fields);
    let verified_at = fields.text("verifiedAt", |text| {
        let at: Timestamp = text.parse().map_err(|_| Invalid::BadFormat)?;
        if at.as_second() > now.as_second() + CLOCK_SKEW_SECONDS { Err(Invalid::InFuture) } else { Ok(at) }
    });
    let (subject, verified_at) = fields.finish(subject.zip(verified_at))?;
    let subject = sealed(app, subject).await?;
    let by = By { actor: caller.actor(), origin: caller.origin, now };
    answer(app, app.table.put_identity(&customer, Some(subject), Some(verified_at), &by).await?)
}

pub(crate) async fn get(app: &App, request: &Request) -> Result<Response, Problem> {
    web::staff(request)?;
    let identity = app.table.identity(&customer_id(request)?).await?;
    identity.as_ref().and_then(view).map(|view| web::ok(&view)).ok_or_else(Problem::not_found)
}

/// Takes a verification back: the account cannot apply any more, and its open contract is revoked.
pub(crate) async fn delete(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::staff(request)?;
    let customer = customer_id(request)?;
    let by = By { actor: caller.actor(), origin: caller.origin, now: (app.clock)() };
    answer(app, app.table.put_identity(&customer, None, None, &by).await?)
}

fn answer(app: &App, put: IdentityPut) -> Result<Response, Problem> {
    match put {
        IdentityPut::Done { identity, revoked } => {
            let revoked_contract_id = revoked.map(|contract| contract.id.to_string());
            Ok(match view(&identity) {
                Some(view) => web::ok(&IdentityView { revoked_contract_id, ..view }),
                None => web::ok(&TakenBackIdentity {
                    customer_id: identity.customer.to_string(),
                    version: identity.version,
                    revoked_contract_id,
                }),
            })
        }
        IdentityPut::Stale => Err(Problem::refusal(&contract::Refusal::StaleRevision, &app.contact)),
        IdentityPut::Unknown => Err(Problem::not_found()),
    }
}
