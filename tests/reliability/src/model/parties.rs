//! Made-up parties and texts, the fewest that tell apart what the model tells apart.

use contract::{
    Address, Application, Cause, CauseKind, ContractId, ContractNumber, CredentialType, CustomerId, Draft, Email,
    FileId, Fingerprint, FlowId, FlowReport, FlowSigner, FlowState, HeldDocument, Language, Name, Opening, Outcome,
    PaperId, PartyA, Phone, Reason, SealSpot, Sealed, Sha256, Signer, Signing, Subject, SubjectKey, SubjectType,
    Timestamp,
};

/// The one moment at which everything is decided: how old something is, its own times say.
pub(super) fn now() -> Timestamp {
    Timestamp::from_second(1_795_478_400).expect("a time within range")
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

pub(super) fn reason() -> Reason {
    Reason::parse("已核对").expect("a reason")
}

pub(super) fn cause(kind: CauseKind) -> Cause {
    Cause { kind, reason: None }
}

pub(super) fn customer(which: u8) -> CustomerId {
    CustomerId::new(format!("customer-{which}"))
}

pub(super) fn contract_id(which: u8) -> ContractId {
    ContractId::new(now(), u128::from(which))
}

pub(super) fn paper_id(which: u8) -> PaperId {
    PaperId::new(now(), u128::from(which))
}

pub(super) fn flow_id(which: u8) -> FlowId {
    FlowId::new(format!("flow-{which}"))
}

pub(super) fn file_id(edition: u8) -> FileId {
    FileId::new(format!("file-{edition}"))
}

/// The number in an id that `flow_id` or `file_id` made.
pub(super) fn number_in(id: &str) -> u8 {
    id.rsplit('-').next().and_then(|digits| digits.parse().ok()).expect("an id that was made here")
}

pub(super) fn subject(which: u8) -> Subject {
    Subject {
        kind: SubjectType::Personal,
        name: name(&format!("示例{which}")),
        credential_type: CredentialType::IdCard,
        masked: "1101**********002X".to_owned(),
        credential: Sealed("sealed".to_owned()),
        key: SubjectKey(format!("subject-{which}")),
    }
}

pub(super) fn application(edition: u8) -> Application {
    let mail = Email::parse("contact@customer.example.com").expect("an address");
    Application {
        party_a: PartyA {
            address: Address::parse(&format!("示例路{edition}号")).expect("an address"),
            contact_name: name("示例联系人"),
            phone: Phone::parse("+86 571 8888 0000").expect("a number"),
            email: mail.clone(),
        },
        billing_email: mail,
        invoice: None,
    }
}

pub(super) fn draft(edition: u8) -> Draft {
    let spot = SealSpot { page: 8, x: 120.0, y: 240.0 };
    Draft { sha256: Sha256::of(&[edition]), pages: 9, seal_a: spot, seal_b: spot }
}

/// Which edition has this draft.
pub(super) fn edition_of(sha256: Sha256) -> u8 {
    (1..=u8::MAX).find(|edition| draft(*edition).sha256 == sha256).expect("a draft that was made here")
}

/// What comes back as the signed PDF of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum File {
    /// It holds.
    Sound,
    /// The verifier cannot judge it.
    Unjudged,
    /// The verifier finds it broken.
    Broken,
}

impl File {
    const ALL: [Self; 3] = [Self::Sound, Self::Unjudged, Self::Broken];

    /// Its SHA-256.
    pub(super) fn document(self, draft: Sha256) -> Sha256 {
        let mut bytes = draft.as_bytes().to_vec();
        bytes.push(self as u8);
        Sha256::of(&bytes)
    }

    /// Which one of this draft has this SHA-256.
    pub(super) fn of(draft: Sha256, document: Sha256) -> Option<Self> {
        Self::ALL.into_iter().find(|file| file.document(draft) == document)
    }

    /// The document as it is held; a sound one is not.
    pub(super) fn held(self, draft: Sha256) -> Option<HeldDocument> {
        let outcome = match self {
            Self::Sound => return None,
            Self::Unjudged => Outcome::Unjudged,
            Self::Broken => Outcome::Broken,
        };
        Some(HeldDocument { document: self.document(draft), outcome, findings: Vec::new(), provider: None })
    }
}

/// One of the two members of staff.
pub(super) fn staff(which: u8) -> String {
    format!("staff-{which}")
}

pub(super) fn opening(which: u8, customer_of: u8, subject_of: u8) -> Opening {
    Opening {
        id: contract_id(which),
        number: ContractNumber::new(now(), u128::from(which)),
        language: Language::ZhCn,
        customer: customer(customer_of),
        subject: subject(subject_of),
        application: application(1),
        draft: draft(1),
    }
}

pub(super) fn signing(flow: u8) -> Signing {
    let signer = Signer {
        name: name("示例签署人"),
        id_type: CredentialType::IdCard,
        id_masked: "1101**********002X".to_owned(),
        mobile_masked: "138****8000".to_owned(),
        mobile: Sealed("sealed".to_owned()),
        fingerprint: Fingerprint("signer".to_owned()),
        consent: None,
    };
    Signing { flow: flow_id(flow), signer, start_requested_at: now(), waiting_since: now(), flow_ended: false }
}

/// What the provider answers: its own automatic seal is there as soon as the flow is started, party A's when all is completed.
pub(super) fn report(state: FlowState, party_a: &Name) -> FlowReport {
    let started = state != FlowState::NotStarted;
    let vendor = FlowSigner {
        order: 1,
        kind: SubjectType::Enterprise,
        name: Some("云上示例科技有限公司".to_owned()),
        signed: started,
    };
    let party_a = FlowSigner {
        order: 2,
        kind: SubjectType::Personal,
        name: Some(party_a.as_str().to_owned()),
        signed: state == FlowState::Completed,
    };
    FlowReport { state, signers: vec![vendor, party_a] }
}

pub(super) fn somebody_else() -> Name {
    name("另一人")
}
