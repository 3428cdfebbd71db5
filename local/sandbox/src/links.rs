//! Links to the signing page (Open API V3, `sign-url`).
//!
//! The long address never expires, the short one does after 90 days. Who asks must name the signer exactly as the flow does.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::creation::{RedirectRequest, ensure, redirect};
use crate::flow::{Flow, FlowStatus, Redirect};
use crate::house::House;
use crate::lenient;
use crate::state::{Kind, Records, new_id};
use crate::wire::{Answer, Refusal, Request};

/// How long a short address leads anywhere: 90 days.
const SHORT_MILLISECONDS: i64 = 90 * 24 * 60 * 60 * 1000;

/// A link to the signing page, and the browsers that have logged in through it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Link {
    pub(crate) flow: String,
    /// Which signer; none where the link only shows the document.
    pub(crate) signer: Option<usize>,
    pub(crate) need_login: bool,
    pub(crate) redirect: Option<Redirect>,
    pub(crate) sessions: Vec<String>,
}

/// A short address, and how long it leads to its link.
#[derive(Debug, Serialize, Deserialize)]
struct ShortLink {
    link: String,
    until: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkRequest {
    operator: Option<Operator>,
    organization: Option<OrganisationName>,
    need_login: Option<bool>,
    #[serde(default, deserialize_with = "lenient::integer")]
    url_type: Option<i64>,
    client_type: Option<String>,
    redirect_config: Option<RedirectRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Operator {
    psn_account: Option<String>,
    psn_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrganisationName {
    org_id: Option<String>,
    org_name: Option<String>,
}

/// `POST …/{id}/sign-url`.
pub(crate) fn sign_url(house: &House, records: &Records<'_>, id: &str, request: &Request) -> Result<Answer, Refusal> {
    let asked: LinkRequest = request.json()?;
    let url_type = asked.url_type.unwrap_or(2);
    ensure([1, 2].contains(&url_type), "urlType取值不正确")?;
    let client = asked.client_type.as_deref().unwrap_or("ALL");
    ensure(["ALL", "H5", "PC"].contains(&client), "clientType取值不正确")?;
    let redirect = redirect(asked.redirect_config)?;
    let flow = Flow::load(house, records, id)?;
    if flow.status != FlowStatus::Signing {
        return Err(Refusal::business(1_437_103, "流程未处于签署中"));
    }
    let signer = match asked.operator {
        None => None,
        Some(operator) => {
            let found = participant(&flow, &operator, asked.organization.as_ref());
            Some(found.ok_or_else(|| Refusal::business(1_437_114, "操作人不是流程的参与方"))?)
        }
    };
    let link = Link {
        flow: flow.id,
        signer: signer.filter(|_| url_type == 2),
        need_login: asked.need_login.unwrap_or(false),
        redirect: redirect.or(flow.redirect),
        sessions: Vec::new(),
    };
    let (long, short) = (new_id(), new_id());
    records.put(Kind::Link, &long, &link)?;
    let until = house.now().as_millisecond() + SHORT_MILLISECONDS;
    // A short address is as hard to guess as a long one: it opens the same door.
    records.put(Kind::ShortLink, &short, &ShortLink { link: long.clone(), until })?;
    let data =
        json!({"shortUrl": format!("{}/s/{short}", house.base_url), "url": format!("{}/sign/{long}", house.base_url)});
    Ok(Answer::success(data))
}

/// The signer whom these names mean; accounts and identifiers are different names, and do not mix.
fn participant(flow: &Flow, operator: &Operator, organisation: Option<&OrganisationName>) -> Option<usize> {
    flow.signers.iter().position(|signer| {
        let Some(person) = &signer.person else { return false };
        let same_person = operator.psn_account.as_deref() == Some(&person.account) && operator.psn_id.is_none();
        let same_organisation = match (organisation, &signer.organisation) {
            (None, None) => true,
            (Some(named), Some(known)) => named.org_name.as_deref() == Some(&known.name) && named.org_id.is_none(),
            _ => false,
        };
        same_person && same_organisation
    })
}

/// `GET /s/{short}`.
pub(crate) fn follow(house: &House, records: &Records<'_>, short: &str) -> Result<Answer, Refusal> {
    let found = records.get::<ShortLink>(Kind::ShortLink, short)?;
    let found = found.filter(|found| house.now().as_millisecond() <= found.until).ok_or_else(Refusal::not_found)?;
    Ok(Answer::redirect(&format!("/sign/{}", found.link)))
}
