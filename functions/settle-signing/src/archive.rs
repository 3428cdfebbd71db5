//! From completed to signed: fetch the signed PDF, verify it, keep it.

use contract::{Contract, FlowReport, Sha256, State, SubjectType, Timestamp, signer_differs};
use esign::Provider;
use evidence::{Anchors, Expected, Party};
use store::Documents;

/// What archiving works with.
pub struct Archivist {
    pub drafts: Documents,
    pub archive: Documents,
    pub anchors: Anchors,
    /// The vendor's name, as its certificate has it.
    pub party_b: String,
}

/// What became of it.
pub enum Archived {
    Done {
        document: Sha256,
        chain_checked: bool,
    },
    /// A signature or the previewed revision does not hold.
    Unsound,
    Away(esign::Failure),
}

impl Archivist {
    /// Keeps the signed PDF, and the confirmed draft beside it, once all of it verifies. Doing it twice keeps the same documents.
    pub async fn archive(
        &self,
        provider: &Provider,
        contract: &Contract,
        report: &FlowReport,
        now: Timestamp,
    ) -> Result<Archived, store::Failure> {
        let Some(signing) = contract.state.signing() else { return Ok(Archived::Unsound) };
        let pdf = match provider.download(&signing.flow).await {
            Ok(pdf) => pdf,
            Err(failure) => return Ok(Archived::Away(failure)),
        };
        let accepted = if let State::Completing { accepted, .. } = contract.state { accepted } else { None };
        let reported = report.party_a().and_then(|signer| signer.name.as_deref());
        let party_a = match (accepted, reported) {
            // Staff know that another name signed for the subject; that name it must then be. They were asked about it before they were
            // asked about the document, so any acceptance is of both.
            (Some(_), Some(reported)) if signer_differs(contract, report) => reported,
            _ => contract.subject.name.as_str(),
        };
        let expected = Expected {
            draft_sha256: Some(contract.draft.sha256),
            draft: None,
            created_at: None,
            party_a: Party::named(party_a, contract.subject.kind == SubjectType::Enterprise),
            party_b: Party::named(&self.party_b, true),
            now,
        };
        let verified = match evidence::verify(&pdf, &self.anchors, &expected) {
            Ok(verified) => verified,
            Err(defect) => {
                tracing::error!(contract = %contract.id, defect = %defect, "the signed PDF does not hold");
                return Ok(Archived::Unsound);
            }
        };
        // Drafts are forgotten after months, and a review may take longer; the signed file begins with it.
        let draft = match (self.drafts.get(contract.id, &contract.draft.sha256).await, verified.draft) {
            (Ok(draft), _) => draft,
            (Err(_), Some(end)) => pdf.get(..end).unwrap_or_default().to_vec(),
            (Err(failure), None) => return Err(failure),
        };
        self.archive.put(contract.id, &contract.number, draft).await?;
        let document = self.archive.put(contract.id, &contract.number, pdf).await?;
        Ok(Archived::Done { document, chain_checked: verified.chain_checked })
    }
}
