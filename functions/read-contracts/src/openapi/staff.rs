//! The calls of staff and of the vendor's systems.

use contract::Refusal;
use utoipa::openapi::HttpMethod::{Delete, Get, Post, Put};
use web::Problem;

use super::{
    bodies::{Identity, NeededReason, PaperContract, Review, Search, Subject},
    customers::refused,
    examples,
    route::{Describe, Route},
};

const IDENTITY: &str = "/v1/staff/customers/{customerId}/identity";
const PAPERS: &str = "/v1/staff/paper-contracts";
const PAPER: &str = "/v1/staff/paper-contracts/{id}";

pub fn routes() -> Vec<Route> {
    vec![
        put_identity(),
        get_identity(),
        drop_identity(),
        register_paper(),
        list_papers(),
        one_paper(),
        withdraw_paper(),
        search(),
        one(),
        held_document(),
        revoke(),
        review(),
        enquiries(),
    ]
}

fn put_identity() -> Route {
    let body = Identity {
        kind: "enterprise",
        name: examples::COMPANY,
        credential_type: "uscc",
        credential_number: examples::CREDIT_CODE,
        verified_at: "2026-11-23T08:00:00Z",
    };
    Describe::staffs("putIdentity", Put, IDENTITY)
        .says(
            "Tell whom a customer is verified as",
            "Another subject, or another name or type under the same document, revokes the customer's open contract in the same \
             transaction. An older `verifiedAt` than the known one is refused.",
            "告知客户的实名认证结果；主体变更时，其进行中的合同随之撤销。",
        )
        .takes(&[("enterprise", body)])
        .gives(200, "The identity", &examples::changed_identity())
        .refuses([refused(&Refusal::StaleRevision)])
        .done()
}

fn get_identity() -> Route {
    Describe::staffs("readIdentity", Get, IDENTITY)
        .says("Read whom a customer is verified as", "404 without a verified identity.", "查询客户的实名认证结果。")
        .gives(200, "The identity", &examples::identity())
        .done()
}

fn drop_identity() -> Route {
    Describe::staffs("takeIdentityBack", Delete, IDENTITY)
        .says(
            "Take a verification back",
            "The account cannot apply any more, and its open contract is revoked.",
            "撤回客户的实名认证：不能再申请，进行中的合同随之撤销。",
        )
        .gives(200, "What remains of it", &examples::taken_back())
        .done()
}

fn register_paper() -> Route {
    let subject = Subject {
        kind: "enterprise",
        name: examples::COMPANY,
        credential_type: "uscc",
        credential_number: examples::CREDIT_CODE,
    };
    Describe::staffs("registerPaperContract", Post, PAPERS)
        .says(
            "Register a contract that was signed on paper",
            "An open electronic contract is revoked first; until the provider has decided, the paper one waits. The same \
             reference again gets the same answer.",
            "登记纸质合同。若有进行中的电子合同，先撤销，撤销完成前为等待状态。",
        )
        .takes(&[("paper", PaperContract { subject, reference: "PAPER-2026-0042", signed_on: "2026-11-20" })])
        .gives(201, "It is on record", &examples::paper())
        .gives(202, "It waits for a revocation", &examples::waiting_paper())
        .refuses([
            Problem::reference_taken(),
            refused(&Refusal::ContractSigned),
            refused(&Refusal::SignedOnPaper),
        ])
        .done()
}

fn list_papers() -> Route {
    Describe::staffs("listPaperContracts", Get, PAPERS)
        .says("List paper contracts", "Twenty a page, newest first.", "查询纸质合同，每页 20 份，按时间倒序。")
        .paged()
        .gives_page("A page", examples::paper())
        .done()
}

fn one_paper() -> Route {
    Describe::staffs("readPaperContract", Get, PAPER)
        .says("Read one paper contract", "Shows how it stands, and why.", "查询一份纸质合同的状态与原因。")
        .gives(200, "The paper contract", &examples::paper())
        .done()
}

fn withdraw_paper() -> Route {
    Describe::staffs("withdrawPaperContract", Delete, PAPER)
        .says(
            "Withdraw a wrong registration",
            "The slot is free again, or the place in the queue for it; the reference can be used again.",
            "撤回错误登记的纸质合同。",
        )
        .gives(200, "The paper contract, withdrawn", &examples::withdrawn_paper())
        .refuses([refused(&Refusal::WrongState)])
        .done()
}

fn search() -> Route {
    let number = Search { number: Some(examples::NUMBER), ..Search::default() };
    let held = Search { needs_review: Some(true), ..Search::default() };
    let subject = Search { credential_number: Some(examples::CREDIT_CODE), state: Some("signed"), ..Search::default() };
    let next = Search { customer_id: Some(examples::CUSTOMER), cursor: Some(examples::CURSOR), ..Search::default() };
    Describe::staffs("searchContracts", Post, "/v1/staff/contracts/search")
        .says(
            "Search contracts",
            "In a body, so that no credential stands in an address. A page may hold fewer than twenty and still have a `cursor`.",
            "按条件查询合同；条件放在请求体中，证件号码不会出现在地址里。",
        )
        .takes(&[("number", number), ("review", held), ("subject", subject), ("nextPage", next)])
        .gives_page("A page", examples::found())
        .done()
}

fn one() -> Route {
    Describe::staffs("readContractAsStaff", Get, "/v1/staff/contracts/{id}")
        .says(
            "Read one contract with its history and flow",
            "The history says who acted, whence and with what.",
            "查询一份合同，含完整记录与签署平台的流程 ID。",
        )
        .gives(200, "The contract", &examples::staff_one())
        .done()
}

fn held_document() -> Route {
    Describe::staffs("readHeldDocument", Get, "/v1/staff/contracts/{id}/held-document")
        .says(
            "Read the PDF that a contract is held for",
            "A link that works for five minutes. `wrong_state` where no document is held.",
            "获取转人工核实的已签文件的下载链接（5 分钟内有效）。",
        )
        .gives(200, "The link", &examples::held_link())
        .refuses([refused(&Refusal::WrongState)])
        .done()
}

fn revoke() -> Route {
    Describe::staffs("revokeContractAsStaff", Post, "/v1/staff/contracts/{id}/revoke")
        .says(
            "Revoke a customer's contract",
            "As the customer's own revocation, with a reason.",
            "代客户撤销尚未签署的合同，须说明原因。",
        )
        .takes(&[("reason", NeededReason { reason: "客户来电要求撤销" })])
        .gives(200, "The contract, revoked", &examples::staff_revoked())
        .gives(202, "The contract, about to be revoked", &examples::staff_revoking())
        .refuses([refused(&Refusal::WrongState), refused(&Refusal::ContractSigned)])
        .done()
}

fn review() -> Route {
    Describe::staffs("reviewContract", Post, "/v1/staff/contracts/{id}/review")
        .says(
            "Decide a contract that is held for review",
            "`accept` goes on to the archive, `retry` tries again what failed, `close` ends the contract. A broken document is never \
             accepted (`document_broken`). Where both parties have signed, `close` takes two members of staff: the first one's request is \
             shown as `closeRequestedBy`, the second one closes; the same person again is refused (`second_person_required`). `accept` \
             or `retry` in between withdraws the request.",
            "处理待复核的合同：`accept` 继续归档，`retry` 重试，`close` 关闭。不成立的文件不能认可；双方已签署的合同须由两位工作人员先后提交 `close` 才会关闭。",
        )
        .takes(&[("accept", Review { decision: "accept", reason: "已电话核实签署人身份" })])
        .gives(200, "The contract", &examples::held())
        .refuses([
            refused(&Refusal::WrongState),
            refused(&Refusal::DocumentBroken),
            refused(&Refusal::SecondPersonRequired),
        ])
        .done()
}

fn enquiries() -> Route {
    Describe::staffs("listEnquiries", Get, "/v1/staff/enquiries")
        .says("List enquiries", "Twenty a page, newest first.", "查询客户咨询，每页 20 条，按时间倒序。")
        .paged()
        .gives_page("A page", examples::staff_enquiry())
        .done()
}
