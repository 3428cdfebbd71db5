//! Examples of answers: views as functions write them, with made-up people and valid check characters.

use serde_json::json;
use web::{
    Contact, ContractView, DocumentView, DraftView, Eligibility, EnquiryView, FindingView, HeldView, HistoryItem,
    IdentityView, InvoiceView, LinkView, PaperView, PartyAView, SignerAnswer, SignerView, SigningLink,
    StaffContractView, SubjectView, TakenBackIdentity,
};

pub const COMPANY: &str = "杭州示例科技有限公司";
pub const CREDIT_CODE: &str = "91330100MA0DEM0217";
pub const SIGNER: &str = "赵示范";
pub const SIGNER_ID: &str = "330106198805121018";
pub const MOBILE: &str = "13800001234";
pub const ADDRESS: &str = "浙江省杭州市滨江区示范路 88 号";
pub const PHONE: &str = "0571-8800 1234";
pub const EMAIL: &str = "contact@demo-enterprise.example";
pub const BILLING: &str = "billing@demo-enterprise.example";
pub const CUSTOMER: &str = "demo-enterprise";
pub const NUMBER: &str = "HT-20261124-7Q2M9XK4TD";
pub const DRAFT: &str = "5f2b8c1d9e0a4b7c6d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c";
pub const CURSOR: &str = "MjAyNi0xMS0yNFQwMjoxMDowNS4xMjBaIzAxTTg1TjJINjBRNE43VzJFNVI5VDFWNlhD";
const SIGNED: &str = "c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55c0ffee66c0ffee77c0ffee88";
pub const ID: &str = "01M85N2H60Q4N7W2E5R9T1V6XC";
const OTHER_ID: &str = "01M85N2HYCH8J3P6Q9S1W4Y7ZA";
const OPENED: &str = "2026-11-24T02:10:05.120Z";
const ENDED: &str = "2026-11-24T02:31:47.906Z";
const LINK_ENDS: &str = "2026-11-24T03:20:11.430Z";

fn text(text: &str) -> String {
    text.to_owned()
}

pub fn contact() -> Contact {
    Contact { name: text("商务部"), email: text("business@cloud.example"), phone: text("0571-8888 0000") }
}

fn subject() -> SubjectView {
    SubjectView {
        kind: "enterprise",
        name: text(COMPANY),
        credential_type: "uscc",
        credential: text("9133**********0217"),
    }
}

pub fn eligible() -> Eligibility {
    Eligibility { eligible: true, reason: None, subject: Some(subject()), contract_id: None, contact: None }
}

pub fn draft() -> ContractView {
    ContractView {
        id: text(ID),
        number: text(NUMBER),
        state: "draft",
        revision: 1,
        language: "zh-CN",
        subject: subject(),
        party_a: PartyAView {
            address: text(ADDRESS),
            contact_name: text(SIGNER),
            phone: text(PHONE),
            email: text(EMAIL),
        },
        billing_email: text(BILLING),
        invoice: Some(InvoiceView {
            title: text(COMPANY),
            tax_number: text(CREDIT_CODE),
            kind: "general",
            registered_address: None,
            registered_phone: None,
            bank: None,
            bank_account: None,
        }),
        draft: DraftView { sha256: text(DRAFT), pages: 8 },
        signer: None,
        needs_review: false,
        review_reason: None,
        created_at: text(OPENED),
        updated_at: text(OPENED),
        signed_at: None,
        document: None,
        allowed: vec!["edit", "confirm", "revoke"],
    }
}

pub fn changed() -> ContractView {
    ContractView { revision: 2, ..draft() }
}

pub fn confirmed() -> ContractView {
    ContractView { state: "confirmed", allowed: vec!["edit", "submitSigner", "revoke"], ..draft() }
}

pub fn revoked() -> ContractView {
    ContractView { state: "revoked", updated_at: text(ENDED), allowed: vec![], ..draft() }
}

fn signing() -> ContractView {
    let signer = SignerView {
        name: text(SIGNER),
        id_type: "id_card",
        id_number: text("3301**********1018"),
        mobile: text("138****1234"),
    };
    ContractView { state: "signing", signer: Some(signer), allowed: vec!["openSigning", "revoke"], ..confirmed() }
}

pub fn revoking() -> ContractView {
    ContractView { state: "revoking", allowed: vec![], ..signing() }
}

pub fn signed() -> ContractView {
    ContractView {
        state: "signed",
        updated_at: text(ENDED),
        signed_at: Some(text(ENDED)),
        document: Some(DocumentView { sha256: text(SIGNED), chain_checked: true }),
        allowed: vec!["download"],
        ..signing()
    }
}

pub fn draft_link() -> LinkView {
    LinkView { url: link("drafts", DRAFT), sha256: text(DRAFT), pages: Some(8), expires_at: text(LINK_ENDS) }
}

pub fn document_link() -> LinkView {
    LinkView { url: link("signed", SIGNED), sha256: text(SIGNED), pages: None, expires_at: text(LINK_ENDS) }
}

fn link(folder: &str, sha256: &str) -> String {
    format!("https://documents.example/{folder}/{ID}/{sha256}.pdf?X-Amz-Expires=300&X-Amz-Signature=0f1e2d3c")
}

pub fn signing_link() -> SigningLink {
    SigningLink { url: text("https://smlt.esign.cn/AbCdEfG"), expires_at: text(LINK_ENDS) }
}

pub fn signer_answer() -> SignerAnswer {
    SignerAnswer { contract: signing(), signing: signing_link() }
}

pub fn applied() -> HistoryItem {
    HistoryItem {
        seq: 1,
        at: text(OPENED),
        kind: text("applied"),
        actor: text("customer"),
        detail: json!({"number": NUMBER, "type": "enterprise", "language": "zh-CN", "revision": 1, "draftSha256": DRAFT, "pages": 8}),
        hash: text("9a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b"),
    }
}

/// As a search finds it.
pub fn found() -> StaffContractView {
    StaffContractView {
        contract: signed(),
        customer_id: text(CUSTOMER),
        flow_id: Some(text("4f1c2d3e5a6b47c8")),
        held: None,
        close_requested_by: None,
        decisions: vec![],
        events: None,
    }
}

pub fn staff_one() -> StaffContractView {
    StaffContractView { events: Some(vec![applied()]), ..found() }
}

pub fn staff_revoked() -> StaffContractView {
    StaffContractView { contract: revoked(), flow_id: None, ..found() }
}

pub fn staff_revoking() -> StaffContractView {
    StaffContractView { contract: revoking(), ..found() }
}

pub fn reviewed() -> StaffContractView {
    let contract = ContractView { state: "completing", allowed: vec![], ..signing() };
    StaffContractView { contract, ..found() }
}

/// Held for a document that cannot be judged here; one of staff wants to close it.
pub fn held() -> StaffContractView {
    let contract = ContractView { needs_review: true, review_reason: Some("document_mismatch"), ..reviewed().contract };
    let finding = FindingView { code: text("invisible"), text: text("乙方的签名未显示印章。") };
    let held = HeldView {
        outcome: "unjudged",
        findings: vec![finding],
        document_sha256: text(SIGNED),
        provider_verdict: Some("unmodified"),
    };
    StaffContractView {
        contract,
        held: Some(held),
        close_requested_by: Some(text("staff-2001")),
        decisions: vec!["accept", "retry", "close"],
        ..found()
    }
}

pub fn held_link() -> LinkView {
    LinkView { url: link("held", SIGNED), ..document_link() }
}

pub fn identity() -> IdentityView {
    IdentityView {
        customer_id: text(CUSTOMER),
        subject: subject(),
        verified_at: text("2026-11-23T08:00:00Z"),
        version: 1,
        revoked_contract_id: None,
    }
}

/// The customer had a contract for the former subject.
pub fn changed_identity() -> IdentityView {
    IdentityView { version: 2, revoked_contract_id: Some(text(ID)), ..identity() }
}

pub fn taken_back() -> TakenBackIdentity {
    TakenBackIdentity { customer_id: text(CUSTOMER), version: 2, revoked_contract_id: Some(text(ID)) }
}

pub fn paper() -> PaperView {
    PaperView {
        id: text(OTHER_ID),
        subject: subject(),
        reference: text("PAPER-2026-0042"),
        signed_on: text("2026-11-20"),
        status: "recorded",
        reason: None,
        contract_id: None,
        created_at: text(OPENED),
        updated_at: text(OPENED),
    }
}

pub fn waiting_paper() -> PaperView {
    PaperView { status: "waiting", reason: Some("revoking_contract"), contract_id: Some(text(ID)), ..paper() }
}

pub fn withdrawn_paper() -> PaperView {
    PaperView { status: "withdrawn", updated_at: text(ENDED), ..paper() }
}

/// As its author sees it.
pub fn enquiry() -> EnquiryView {
    EnquiryView {
        id: text(OTHER_ID),
        topic: "non_standard_terms",
        message: text("希望约定按季度结算。"),
        created_at: text(OPENED),
        contact: Some(contact()),
        customer_id: None,
        subject_name: None,
    }
}

/// As staff see it.
pub fn staff_enquiry() -> EnquiryView {
    EnquiryView { contact: None, customer_id: Some(text(CUSTOMER)), subject_name: Some(text(COMPANY)), ..enquiry() }
}
