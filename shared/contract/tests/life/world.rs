//! Made-up parties, and a contract that is moved by commands alone, with its history.

use contract::{
    Actor, ActorKind, Address, Application, BankAccount, Cause, CauseKind, Command, Contract, ContractId,
    ContractNumber, Credential, CredentialType, CustomerId, Draft, Email, Entry, FileId, Finding, Fingerprint, FlowId,
    FlowReport, FlowSigner, FlowState, HeldDocument, Invoice, InvoiceType, Language, Name, Opening, Origin, Outcome,
    PartyA, Phone, ProviderVerdict, Reason, ReviewDecision, ReviewReason, SealSpot, Sealed, Sha256, SignatureRecord,
    Signer, Signing, SigningParty, SpecialInvoice, Subject, SubjectKey, SubjectType, Timestamp, apply, decide, entry,
    opened,
};

pub const COMPANY: &str = "杭州示例云智科技有限公司";
pub const PERSON: &str = "李示例";
pub const CONTACT: &str = "王联络";
pub const ADDRESS: &str = "浙江省杭州市示例路1号";
pub const PHONE: &str = "+86 571 8888 0000";
pub const MAIL: &str = "contact@customer.example.com";
pub const BILLS: &str = "bills@customer.example.com";
pub const CREDIT_CODE: &str = "91350100M000100Y43";
pub const ID_MASKED: &str = "1101**********002X";
pub const MOBILE_MASKED: &str = "138****8000";

pub const FLOW_STATES: [FlowState; 6] = [
    FlowState::NotStarted,
    FlowState::Signing,
    FlowState::Completed,
    FlowState::Revoked,
    FlowState::Declined,
    FlowState::Expired,
];

pub const REVIEW_REASONS: [ReviewReason; 5] = [
    ReviewReason::SignerMismatch,
    ReviewReason::DocumentMismatch,
    ReviewReason::StartRefused,
    ReviewReason::FlowUnknown,
    ReviewReason::CompletedAfterEnd,
];

pub const DECISIONS: [ReviewDecision; 3] = [ReviewDecision::Accept, ReviewDecision::Retry, ReviewDecision::Close];

pub const CAUSES: [CauseKind; 5] =
    [CauseKind::Customer, CauseKind::Staff, CauseKind::SubjectChanged, CauseKind::PaperContract, CauseKind::Untouched];

/// So many seconds after the contract was opened.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_478_400 + seconds).unwrap()
}

/// The two members of staff whom it takes to close a contract whose flow is completed.
pub const STAFF: &str = "staff-1";
pub const COLLEAGUE: &str = "staff-2";

pub fn reason(text: &str) -> Reason {
    Reason::parse(text).unwrap()
}

pub fn cause(kind: CauseKind) -> Cause {
    Cause { kind, reason: Some(reason("客户来电说明")) }
}

pub fn subject(kind: SubjectType) -> Subject {
    let (name, credential_type, masked) = match kind {
        SubjectType::Enterprise => (COMPANY, CredentialType::Uscc, "9135**********0Y43"),
        SubjectType::Personal => (PERSON, CredentialType::IdCard, ID_MASKED),
    };
    Subject {
        kind,
        name: Name::parse(name).unwrap(),
        credential_type,
        masked: masked.to_owned(),
        credential: Sealed("sealed".to_owned()),
        key: SubjectKey(format!("key of {name}")),
    }
}

/// Party A's information; another `edition` is another address.
pub fn application(kind: SubjectType, edition: u32) -> Application {
    let invoice = (kind == SubjectType::Enterprise).then(|| {
        let special = SpecialInvoice {
            registered_address: Some(Address::parse(ADDRESS).unwrap()),
            registered_phone: Some(Phone::parse(PHONE).unwrap()),
            bank: Some(Name::parse("示例银行").unwrap()),
            bank_account: Some(BankAccount::parse("6222 0000 1111 2222").unwrap()),
        };
        let tax_number = Credential::parse(CredentialType::Uscc, CREDIT_CODE).unwrap();
        Invoice::new(InvoiceType::Special, Name::parse(COMPANY).unwrap(), &tax_number, special).unwrap()
    });
    Application {
        party_a: PartyA {
            address: Address::parse(&format!("{ADDRESS}{edition}室")).unwrap(),
            contact_name: Name::parse(CONTACT).unwrap(),
            phone: Phone::parse(PHONE).unwrap(),
            email: Email::parse(MAIL).unwrap(),
        },
        billing_email: Email::parse(BILLS).unwrap(),
        invoice,
    }
}

pub fn draft(edition: u32) -> Draft {
    Draft {
        sha256: Sha256::of(&edition.to_be_bytes()),
        pages: 9,
        seal_a: SealSpot { page: 8, x: 121.25, y: 240.5 },
        seal_b: SealSpot { page: 8, x: 400.0, y: 240.5 + f64::from(edition) },
    }
}

pub fn signer(fingerprint: &str) -> Signer {
    Signer {
        name: Name::parse(PERSON).unwrap(),
        id_type: CredentialType::IdCard,
        id_masked: ID_MASKED.to_owned(),
        mobile_masked: MOBILE_MASKED.to_owned(),
        mobile: Sealed("sealed mobile".to_owned()),
        fingerprint: Fingerprint(fingerprint.to_owned()),
        consent: Some("2026-11".to_owned()),
    }
}

pub fn signing(flow: &str, fingerprint: &str, now: Timestamp) -> Signing {
    Signing {
        flow: FlowId::new(flow),
        signer: signer(fingerprint),
        start_requested_at: now,
        waiting_since: now,
        flow_ended: false,
    }
}

pub fn flow_signer(order: u32, kind: SubjectType, name: Option<&str>) -> FlowSigner {
    FlowSigner { order, kind, name: name.map(str::to_owned), signed: true }
}

/// The vendor's seal first, then party A under `name`.
pub fn report_by(state: FlowState, kind: SubjectType, name: &str) -> FlowReport {
    let vendor = flow_signer(1, SubjectType::Enterprise, Some("云上示例科技有限公司"));
    FlowReport { state, signers: vec![vendor, flow_signer(2, kind, Some(name))] }
}

/// The PDF that came back, with what was found in it.
pub fn held(outcome: Outcome) -> HeldDocument {
    let (code, zh_cn, en) = match outcome {
        Outcome::Broken => ("digest", "文件在签署后被更改。", "The file was changed after it was signed."),
        Outcome::Unjudged => ("invisible", "乙方的签名没有印章。", "The signature of party B shows no seal."),
    };
    HeldDocument {
        document: Sha256::of(b"held"),
        outcome,
        findings: vec![Finding { code: code.to_owned(), zh_cn: zh_cn.to_owned(), en: en.to_owned() }],
        provider: Some(ProviderVerdict::Unmodified),
    }
}

/// Staff's decision.
pub fn review_by(by: &str, decision: ReviewDecision) -> Command {
    Command::Review { decision, reason: reason("已核对原件"), by: by.to_owned() }
}

/// The signed PDF, archived.
pub fn archived(document: Sha256) -> Command {
    let signature = SignatureRecord {
        party: SigningParty::PartyA,
        certificate_sha256: Sha256::of(b"certificate"),
        serial: "1A2B".to_owned(),
        page: 8,
        rectangle: [61.75, 181.0, 180.75, 300.0],
        signed_at: at(40),
        proven_at: None,
    };
    Command::Archive { document, chain_checked: true, signatures: vec![signature] }
}

pub fn contract_id(random: u128) -> ContractId {
    ContractId::new(at(0), random)
}

/// A contract with its history, moved by commands.
#[derive(Clone)]
pub struct Run {
    pub contract: Contract,
    pub entries: Vec<Entry>,
}

impl Run {
    /// Step 1, at second 0.
    pub fn open(kind: SubjectType, random: u128, now: Timestamp) -> Self {
        let contract = opened(
            Opening {
                id: ContractId::new(now, random),
                number: ContractNumber::new(now, random),
                language: Language::En,
                customer: CustomerId::new("acme-42"),
                subject: subject(kind),
                application: application(kind, 1),
                draft: draft(1),
            },
            now,
        );
        let mut run = Self { contract, entries: Vec::new() };
        run.record(&apply(), now);
        run
    }

    pub fn company() -> Self {
        Self::open(SubjectType::Enterprise, 7, at(0))
    }

    pub fn record(&mut self, event: &contract::Event, now: Timestamp) {
        let actor = Actor { kind: ActorKind::Customer, id: Some("user-of-acme".to_owned()) };
        let origin = Origin { ip: Some("192.0.2.44".to_owned()), user_agent: Some("Sample Browser".to_owned()) };
        let salt = u128::from(self.contract.version) << 64 | 0x5a17;
        let (after, entry) = entry(&self.contract, event, &actor, &origin, now, salt);
        self.contract = after;
        self.entries.push(entry);
    }

    /// Decides `command` at that second and records what comes of it; it must come to something.
    #[track_caller]
    pub fn then(mut self, seconds: i64, command: &Command) -> Self {
        let events = decide(&self.contract, command, at(seconds)).expect("the command is not refused");
        assert!(!events.is_empty(), "{command:?} changes nothing");
        for event in &events {
            self.record(event, at(seconds));
        }
        self
    }

    pub fn confirm(self, seconds: i64) -> Self {
        let draft = self.contract.draft.sha256;
        self.then(seconds, &Command::Confirm { draft, file: FileId::new("file-1") })
    }

    pub fn sign(self, seconds: i64) -> Self {
        let signing = signing("flow-1", "signer-1", at(seconds));
        self.then(seconds, &Command::Sign { signing, check: None })
    }

    pub fn revoke(self, seconds: i64) -> Self {
        self.then(seconds, &Command::Revoke { cause: cause(CauseKind::Customer) })
    }

    pub fn observe(self, seconds: i64, state: FlowState) -> Self {
        let report = report_by(state, SubjectType::Enterprise, COMPANY);
        self.then(seconds, &Command::Observe { report })
    }

    pub fn hold(self, seconds: i64, reason: ReviewReason) -> Self {
        self.then(seconds, &Command::Hold { reason })
    }

    pub fn hold_document(self, seconds: i64, outcome: Outcome) -> Self {
        self.then(seconds, &Command::HoldDocument { held: held(outcome) })
    }

    pub fn review(self, seconds: i64, decision: ReviewDecision) -> Self {
        self.then(seconds, &review_by(STAFF, decision))
    }

    /// By one of staff, and by another.
    pub fn close_by_two(self, seconds: i64) -> Self {
        self.review(seconds, ReviewDecision::Close).then(seconds, &review_by(COLLEAGUE, ReviewDecision::Close))
    }

    pub fn archive(self, seconds: i64) -> Self {
        self.then(seconds, &archived(Sha256::of(b"signed")))
    }
}
