//! From completed to signed: fetch the signed PDF, verify it, keep it; or keep it aside for staff.

use contract::{
    Contract, Finding, FlowReport, HeldDocument, Language, Outcome, ProviderVerdict, Sha256, SignatureRecord, Signing,
    SigningParty, State, SubjectType, Timestamp, signer_differs,
};
use esign::{Integrity, Provider};
use evidence::{Anchors, Defect, Doubt, Expected, Party, Report, Seal, Signatory, SignatureFacts};
use store::Documents;

/// What archiving works with.
pub struct Archivist {
    pub drafts: Documents,
    pub archive: Documents,
    pub held: Documents,
    pub anchors: Anchors,
    /// The vendor's name, as its certificate has it.
    pub party_b: String,
}

/// What became of it.
pub enum Archived {
    Done {
        document: Sha256,
        chain_checked: bool,
        signatures: Vec<SignatureRecord>,
    },
    /// It is broken, or cannot be judged here; it is kept for staff to look at.
    Held(HeldDocument),
    Away(esign::Failure),
}

impl Archivist {
    /// Keeps the signed PDF, and the confirmed draft beside it, once all of it verifies or staff accepted it. Doing it twice keeps the
    /// same documents.
    pub async fn archive(
        &self,
        provider: &Provider,
        contract: &Contract,
        signing: &Signing,
        report: &FlowReport,
        now: Timestamp,
    ) -> Result<Archived, store::Failure> {
        let (accepted, accepted_document) = match contract.state {
            State::Completing { accepted, accepted_document, .. } => (accepted, accepted_document),
            _ => (None, None),
        };
        let pdf = match accepted_document {
            // The provider may give another file by now.
            Some(document) => self.held.get(contract.id, &document).await?,
            None => match provider.download(&signing.flow).await {
                Ok(pdf) => pdf,
                Err(failure) => return Ok(Archived::Away(failure)),
            },
        };
        let draft = self.drafts.find(contract.id, &contract.draft.sha256).await;
        let reported = report.party_a().and_then(|signer| signer.name.as_deref());
        let party_a = match (accepted, reported) {
            // Staff know that another name signed for the subject; that name it must then be. They were asked about it before they were
            // asked about the document, so any acceptance is of both.
            (Some(_), Some(reported)) if signer_differs(contract, report) => reported,
            _ => contract.subject.name.as_str(),
        };
        let [seal_a, seal_b] = seals(contract);
        let enterprise = contract.subject.kind == SubjectType::Enterprise;
        let expected = Expected {
            draft_sha256: Some(contract.draft.sha256),
            draft: draft.as_ref().ok().and_then(Option::as_deref),
            // A PDF's times have whole seconds.
            created_at: Timestamp::from_second(contract.created_at.as_second()).ok(),
            party_a: Party { seal: Some(seal_a), ..Party::named(party_a, enterprise) },
            party_b: Party { seal: Some(seal_b), ..Party::named(&self.party_b, true) },
            now,
        };
        let verified = match evidence::verify(&pdf, &self.anchors, &expected) {
            Ok(verified) => verified,
            Err(defect) => {
                let findings = vec![of_defect(&defect)];
                return self.hold(provider, contract, signing, pdf, Outcome::Broken, findings).await;
            }
        };
        // Drafts are forgotten after months, and a review may take longer; a file that begins with its draft needs no other.
        let draft = match (draft, verified.draft) {
            (Ok(Some(draft)), _) => Some(draft),
            (_, Some(end)) => Some(pdf.get(..end).unwrap_or_default().to_vec()),
            (Ok(None), None) => None,
            // It may be there, and then there would be no doubt.
            (Err(failure), None) => return Err(failure),
        };
        if !verified.holds() && accepted_document.is_none() {
            let findings = verified.doubts.iter().map(of_doubt).collect();
            return self.hold(provider, contract, signing, pdf, Outcome::Unjudged, findings).await;
        }
        if let Some(draft) = draft {
            self.archive.put(contract.id, &contract.number, draft).await?;
        }
        let document = self.archive.put(contract.id, &contract.number, pdf).await?;
        let Report { signatures, chain_checked, .. } = verified;
        Ok(Archived::Done { document, chain_checked, signatures: signatures.into_iter().map(record).collect() })
    }

    /// Keeps a PDF aside, before anybody is told of it, and asks the provider what it thinks of its own copy.
    async fn hold(
        &self,
        provider: &Provider,
        contract: &Contract,
        signing: &Signing,
        pdf: Vec<u8>,
        outcome: Outcome,
        findings: Vec<Finding>,
    ) -> Result<Archived, store::Failure> {
        let document = self.held.put(contract.id, &contract.number, pdf).await?;
        let codes: Vec<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
        tracing::error!(contract = %contract.id, outcome = outcome.as_str(), findings = codes.join(" "), "signed PDF not archived");
        let provider = match provider.verify_file(&signing.flow).await {
            Ok(verdict) => Some(match verdict.integrity() {
                Integrity::Unmodified => ProviderVerdict::Unmodified,
                Integrity::Modified => ProviderVerdict::Modified,
                Integrity::Unsaid => ProviderVerdict::Unsaid,
            }),
            Err(failure) => {
                tracing::warn!(contract = %contract.id, cause = %failure, "provider's verdict not known");
                None
            }
        };
        Ok(Archived::Held(HeldDocument { document, outcome, findings, provider }))
    }
}

/// The seals as they were asked for: party A's on its page, where the signer may move it, party B's on its spot; both in the size that the
/// provider was told.
fn seals(contract: &Contract) -> [Seal; 2] {
    let size = |kind: SubjectType| Some(kind.seal_size().map(f64::from));
    let (a, b) = (contract.draft.seal_a, contract.draft.seal_b);
    [
        Seal { page: a.page, centre: None, size: size(contract.subject.kind) },
        Seal { page: b.page, centre: Some([b.x, b.y]), size: size(SubjectType::Enterprise) },
    ]
}

fn of_defect(defect: &Defect) -> Finding {
    Finding { code: defect.code().to_owned(), zh_cn: defect.text(Language::ZhCn), en: defect.text(Language::En) }
}

fn of_doubt(doubt: &Doubt) -> Finding {
    Finding { code: doubt.code().to_owned(), zh_cn: doubt.text(Language::ZhCn), en: doubt.text(Language::En) }
}

fn record(facts: SignatureFacts) -> SignatureRecord {
    SignatureRecord {
        party: match facts.party {
            Signatory::PartyA => SigningParty::PartyA,
            Signatory::PartyB => SigningParty::PartyB,
        },
        certificate_sha256: facts.certificate,
        serial: facts.serial,
        page: facts.page,
        rectangle: facts.rectangle,
        signed_at: facts.signed_at,
        proven_at: facts.proven_at,
    }
}
