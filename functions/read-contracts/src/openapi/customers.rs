//! The customers' calls.

use contract::{ContractId, Refusal};
use utoipa::{
    ToSchema as _,
    openapi::{
        HttpMethod::{Get, Post, Put},
        ObjectBuilder, Ref, RefOr, Required, Schema, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};
use web::{Problem, schema};

use super::{
    bodies::{
        Application, ChangedApplication, Confirmation, Consent, Enquiry, EnterpriseSigner, Invoice, Nothing,
        OptionalReason, PartyA, PersonalSigner, Signer,
    },
    examples,
    route::{Describe, Route},
};

const RETRY_SECONDS: u64 = 10;

/// 409: what the rules refuse.
pub fn refused(refusal: &Refusal) -> Problem {
    Problem::refusal(refusal, &examples::contact())
}

/// The refusals of whatever would change a contract in a state that does not allow it.
fn frozen() -> [Problem; 2] {
    [refused(&Refusal::WrongState), refused(&Refusal::ContractSigned)]
}

fn away() -> [Problem; 1] {
    [Problem::provider_unavailable(RETRY_SECONDS)]
}

const CONSENT: Option<Consent> = Some(Consent { version: "2026-01" });

fn party_a() -> PartyA {
    PartyA {
        address: examples::ADDRESS,
        contact_name: examples::SIGNER,
        phone: examples::PHONE,
        email: examples::EMAIL,
    }
}

fn general() -> Invoice {
    Invoice {
        title: examples::COMPANY,
        tax_number: examples::CREDIT_CODE,
        kind: "general",
        registered_address: None,
        registered_phone: None,
        bank: None,
        bank_account: None,
    }
}

fn special() -> Invoice {
    Invoice {
        kind: "special",
        registered_address: Some(examples::ADDRESS),
        registered_phone: Some(examples::PHONE),
        bank: Some("示例银行杭州滨江支行"),
        bank_account: Some("1202000000000000002"),
        ..general()
    }
}

fn application(invoice: Option<Invoice>) -> Application {
    Application { party_a: party_a(), billing_email: examples::BILLING, invoice }
}

pub fn routes() -> Vec<Route> {
    vec![
        eligibility(),
        apply(),
        list(),
        one(),
        change(),
        draft(),
        draft_page(),
        confirm(),
        sign(),
        open(),
        revoke(),
        document(),
        history(),
        enquire(),
    ]
}

fn eligibility() -> Route {
    Describe::customers("checkEligibility", Get, "/v1/eligibility")
        .says(
            "Tell whether the caller's subject can apply",
            "A subject has one contract. The answer says why it cannot apply, whose contract is in the way if it is the caller's, \
             and whom to ask.",
            "查询当前实名主体能否申请电子合同；不能时说明原因。",
        )
        .gives(200, "Whether, and why not", &examples::eligible())
        .done()
}

fn apply() -> Route {
    Describe::customers("applyForContract", Post, "/v1/contracts")
        .says(
            "Step 1: open a contract with party A's information",
            "Takes the subject's slot and renders the draft. The signing type follows the verified subject: an enterprise sends \
             an invoice, a person must not.",
            "第 1 步：填写甲方信息并生成合同草稿。企业须填写发票信息，个人不得填写。",
        )
        .parameter("IdempotencyKey")
        .takes(&[
            ("enterprise", application(Some(general()))),
            ("enterpriseSpecialInvoice", application(Some(special()))),
            ("person", application(None)),
        ])
        .gives(201, "The contract, as a draft", &examples::draft())
        .refuses([Problem::idempotency_key_reused()])
        .refuses([
            refused(&Refusal::Unverified),
            refused(&Refusal::ContractOpen { contract: ContractId::parse(examples::ID) }),
            refused(&Refusal::ContractSigned),
            refused(&Refusal::SignedOnPaper),
        ])
        .done()
}

fn list() -> Route {
    Describe::customers("listContracts", Get, "/v1/contracts")
        .says(
            "List the caller's contracts",
            "Twenty a page, newest first, those of former subjects included.",
            "查询本账号的合同，每页 20 份，按时间倒序。",
        )
        .paged()
        .gives_page("A page", examples::signed())
        .done()
}

fn one() -> Route {
    Describe::customers("readContract", Get, "/v1/contracts/{id}")
        .says(
            "Read one contract",
            "`allowed` names what can be done with it now.",
            "查询一份合同；`allowed` 为当前可进行的操作。",
        )
        .gives(200, "The contract", &examples::signed())
        .done()
}

fn change() -> Route {
    let body = ChangedApplication {
        party_a: party_a(),
        billing_email: examples::BILLING,
        invoice: Some(general()),
        revision: 1,
    };
    Describe::customers("changePartyA", Put, "/v1/contracts/{id}/party-a")
        .says(
            "Back to step 1: change party A's information",
            "A new draft is rendered and a confirmation falls away. The same data again is answered with the contract as it stands.",
            "返回第 1 步修改甲方信息：重新生成草稿，原确认失效。",
        )
        .takes(&[("enterprise", body)])
        .gives(200, "The contract, as a draft", &examples::changed())
        .refuses([refused(&Refusal::StaleRevision)])
        .refuses(frozen())
        .done()
}

fn draft() -> Route {
    Describe::customers("readDraft", Get, "/v1/contracts/{id}/draft")
        .says(
            "Step 2: get a link to the draft",
            "The link works for a short time and without a token; the file has the SHA-256 that is named.",
            "第 2 步：获取合同草稿的临时链接。",
        )
        .gives(200, "The link", &examples::draft_link())
        .done()
}

fn draft_page() -> Route {
    let whole = |least: u16, most: Option<u16>| {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(most)
    };
    let width = whole(200, Some(2000)).default(Some(1000.into()));
    let sha256 = Ref::from_schema_name(schema::Sha256::name());
    Describe::customers("readDraftPage", Get, "/v1/contracts/{id}/draft/pages/{page}")
        .says(
            "Step 2: see a page of the draft",
            "A picture drawn from the very PDF, in whatever state the contract is. A page that the draft does not have is 404. With \
             `sha256` the picture may be kept for an hour, and a draft that has changed meanwhile is refused.",
            "第 2 步：查看合同草稿某一页的图片，由 PDF 原文件绘制。指明 `sha256` 时可缓存一小时，草稿已变更则拒绝。",
        )
        .own_parameter(parameter("page", ParameterIn::Path, "The page, from 1. 页码，从 1 开始。", whole(1, None)))
        .own_parameter(parameter("width", ParameterIn::Query, "The picture's width in pixels. 图片宽度（像素）。", width))
        .own_parameter(parameter("sha256", ParameterIn::Query, "The draft that is meant. 所指草稿的 SHA-256。", sha256))
        .gives_png("The page")
        .answers(422)
        .refuses([refused(&Refusal::DraftChanged)])
        .done()
}

fn parameter(name: &str, place: ParameterIn, says: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    let required = if matches!(place, ParameterIn::Path) { Required::True } else { Required::False };
    let parameter = ParameterBuilder::new().name(name).parameter_in(place).required(required);
    parameter.description(Some(says)).schema(Some(schema)).build()
}

fn confirm() -> Route {
    Describe::customers("confirmDraft", Post, "/v1/contracts/{id}/confirm")
        .says(
            "Step 2: confirm exactly the draft that was shown",
            "Names the draft by its SHA-256. The provider gets it now.",
            "第 2 步：确认合同内容，以 SHA-256 指明所预览的草稿。",
        )
        .takes(&[("draft", Confirmation { draft_sha256: examples::DRAFT })])
        .gives(200, "The contract, confirmed", &examples::confirmed())
        .refuses([refused(&Refusal::DraftChanged)])
        .refuses(frozen())
        .refuses(away())
        .done()
}

fn sign() -> Route {
    let enterprise = EnterpriseSigner {
        name: examples::SIGNER,
        id_type: Some("id_card"),
        id_number: examples::SIGNER_ID,
        mobile: examples::MOBILE,
        consent: CONSENT,
    };
    let person = PersonalSigner { mobile: examples::MOBILE, consent: CONSENT };
    Describe::customers("submitSigner", Post, "/v1/contracts/{id}/signer")
        .says(
            "Step 3: name the signer and start signing",
            "The mobile number must match the identity, or nothing is started. From now on the content is frozen. The same signer \
             again gets a fresh link. An hour has 10 identity checks for a subject.",
            "第 3 步：提交签署人并发起签署。手机号码须与身份信息一致，否则不会发起签署。",
        )
        .takes(&[("enterprise", Signer::Enterprise(enterprise)), ("person", Signer::Personal(person))])
        .gives(200, "The contract, being signed, and a link to the provider's signing page", &examples::signer_answer())
        .refuses([Problem::identity_mismatch(), Problem::too_many_checks(RETRY_SECONDS)])
        .refuses(frozen())
        .refuses(away())
        .done()
}

fn open() -> Route {
    Describe::customers("openSigning", Post, "/v1/contracts/{id}/signing-session")
        .says(
            "Step 4: get a fresh link to the signing page",
            "As often as needed while the contract is `signing`.",
            "第 4 步：获取签署页面的新链接，签署中可多次获取。",
        )
        .may_take(&[("nothing", Nothing {})])
        .gives(200, "The link", &examples::signing_link())
        .refuses(frozen())
        .refuses(away())
        .done()
}

fn revoke() -> Route {
    Describe::customers("revokeContract", Post, "/v1/contracts/{id}/revoke")
        .says(
            "Revoke a contract that is not signed yet",
            "Before step 3 it is revoked at once. After it the provider decides: the answer is 202 and `revoking`, and if signing \
             wins, the contract is completed.",
            "撤销尚未签署的合同。发起签署后由签署平台决定结果，先返回 202 与 `revoking`。",
        )
        .may_take(&[("reason", OptionalReason { reason: Some("联系人填写有误") })])
        .gives(200, "The contract, revoked", &examples::revoked())
        .gives(202, "The contract, about to be revoked", &examples::revoking())
        .refuses(frozen())
        .done()
}

fn document() -> Route {
    Describe::customers("readDocument", Get, "/v1/contracts/{id}/document")
        .says(
            "Get a link to the signed PDF",
            "The link works for a short time and without a token; the file has the SHA-256 that is named.",
            "获取已签署合同的临时下载链接；签署完成前返回 409。",
        )
        .gives(200, "The link", &examples::document_link())
        .refuses([refused(&Refusal::WrongState)])
        .done()
}

fn history() -> Route {
    Describe::customers("readHistory", Get, "/v1/contracts/{id}/events")
        .says(
            "Read a contract's history",
            "All of it, oldest first. Each entry's hash covers the one before it; personal values are masked.",
            "查询合同的完整记录，个人信息已脱敏。",
        )
        .gives_page("The history", examples::applied())
        .done()
}

fn enquire() -> Route {
    Describe::customers("enquire", Post, "/v1/enquiries")
        .says(
            "Ask the business contact",
            "For other terms than the standard ones, or a change of a signed contract. Staff are told.",
            "联系商务：非标条款、已签合同变更等。",
        )
        .takes(&[("terms", Enquiry { topic: "non_standard_terms", message: "希望约定按季度结算。" })])
        .gives(201, "The enquiry, and who will answer", &examples::enquiry())
        .done()
}
