//! Contracts signed on paper, which staff register: they hold the subject's slot like an electronic one.

use contract::{Cause, CauseKind, Command, PaperId, PaperOutcome, Sha256, Slot, Subject, Timestamp, decide};
use serde::{Deserialize, Serialize};

use crate::{
    By, Failure, Page, Table,
    contracts::{add_slot, paper_is},
    item::{Item, body, json_text, key, stamp, text},
    search::PAGE,
    table::BY_STATE,
    transaction::{Condition, Transaction, version},
};

/// How a paper contract stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperStatus {
    Recorded,
    /// An electronic contract has to end first.
    Waiting,
    /// The electronic contract was signed before it could be revoked.
    Refused,
    /// Staff took it back.
    Withdrawn,
}

impl PaperStatus {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Waiting => "waiting",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// One paper contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Paper {
    pub id: PaperId,
    pub subject: Subject,
    /// The vendor's own number of it.
    pub reference: String,
    /// `YYYY-MM-DD`.
    pub signed_on: String,
    pub status: PaperStatus,
    /// The electronic contract that it waits for, or that made it be refused.
    pub contract: Option<contract::ContractId>,
    pub registered_by: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What became of a registration.
#[derive(Debug)]
pub enum PaperPut {
    Done(Paper),
    /// This reference was registered before, with the same content.
    Same(Paper),
    /// This reference stands for something else.
    ReferenceTaken,
    /// Somebody else holds the slot.
    Held(Slot),
}

/// What became of a withdrawal.
#[derive(Debug)]
pub enum Withdrawn {
    Done(Paper),
    /// It was refused, and holds nothing that could be given back.
    Not(Paper),
}

fn paper_key(id: PaperId) -> Item {
    key(format!("PAPER#{id}"), "PAPER")
}

fn reference_key(reference: &str) -> Item {
    key(format!("REFERENCE#{}", Sha256::of(reference.as_bytes())), "REFERENCE")
}

fn paper_item(paper: &Paper) -> Result<Item, Failure> {
    let mut item = paper_key(paper.id);
    item.insert("body".to_owned(), json_text(paper)?);
    item.insert("status".to_owned(), text(paper.status.as_str()));
    item.insert("stateShard".to_owned(), text("paper"));
    item.insert("updated".to_owned(), text(format!("{}#{}", stamp(paper.created_at), paper.id)));
    Ok(item)
}

/// Adds to the transaction that ends an electronic contract what that means for the paper contract that waits for it.
pub(crate) async fn paper_settled(
    table: &Table,
    transaction: &mut Transaction<'_>,
    outcome: PaperOutcome,
    now: Timestamp,
) -> Result<(), Failure> {
    let (id, status) = match outcome {
        PaperOutcome::Recorded(id) => (id, PaperStatus::Recorded),
        PaperOutcome::Refused(id) => (id, PaperStatus::Refused),
    };
    let paper = table.paper(id).await?.ok_or(Failure::Unreadable { what: "a waiting paper contract" })?;
    let settled = Paper { status, updated_at: now, ..paper };
    transaction.put(paper_item(&settled)?, &paper_is(PaperStatus::Waiting.as_str()));
    Ok(())
}

impl Table {
    /// One paper contract.
    pub async fn paper(&self, id: PaperId) -> Result<Option<Paper>, Failure> {
        self.item(paper_key(id), "reading a paper contract")
            .await?
            .map(|item| body(&item, "a paper contract"))
            .transpose()
    }

    /// Paper contracts, newest first.
    pub async fn papers(&self, before: Option<&str>) -> Result<Page<Paper>, Failure> {
        let items = self.newest(BY_STATE, "paper", before, PAGE + 1).await?;
        Page::of(items, "updated", |item| body(item, "a paper contract"))
    }

    /// Registers a paper contract. An electronic contract in progress is revoked first; the paper one then waits in the slot, so
    /// that no new application can slip in between.
    pub async fn register_paper(
        &self,
        subject: &Subject,
        reference: &str,
        signed_on: &str,
        by: &By,
    ) -> Result<PaperPut, Failure> {
        let mut attempt = 0;
        loop {
            match self.try_register_paper(subject, reference, signed_on, by).await {
                Err(Failure::Conflict) if attempt < 10 => {
                    self.pause(attempt).await;
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    async fn try_register_paper(
        &self,
        subject: &Subject,
        reference: &str,
        signed_on: &str,
        by: &By,
    ) -> Result<PaperPut, Failure> {
        // Before the reference: a slot that the same registration took meanwhile comes with its reference, in one transaction.
        let slot = self.slot(&subject.key).await?;
        if let Some(item) = self.item(reference_key(reference), "reading a reference").await? {
            let id: PaperId = body(&item, "a reference")?;
            let paper = self.paper(id).await?.ok_or(Failure::Unreadable { what: "a referenced paper contract" })?;
            let same = paper.subject.same_as(subject) && paper.signed_on == signed_on;
            return Ok(if same { PaperPut::Same(paper) } else { PaperPut::ReferenceTaken });
        }
        let mut paper = Paper {
            id: PaperId::new(by.now, (self.random)()),
            subject: subject.clone(),
            reference: reference.to_owned(),
            signed_on: signed_on.to_owned(),
            status: PaperStatus::Recorded,
            contract: None,
            registered_by: by.actor.id.clone(),
            created_at: by.now,
            updated_at: by.now,
        };
        let mut transaction = Transaction::new(self, "registering a paper contract");
        let recorded = Slot::Paper { paper: paper.id };
        match &slot {
            Slot::Free => {
                add_slot(&mut transaction, &subject.key, &slot, &recorded)?;
            }
            Slot::Open { contract: id, customer, waiting: None } => {
                let contract =
                    self.contract(*id).await?.ok_or(Failure::Unreadable { what: "the contract in a slot" })?;
                let cause = Cause { kind: CauseKind::PaperContract, reason: None };
                // Where everybody has signed already, or a revocation is under way, nothing is asked again: the paper one waits.
                let events = decide(&contract, &Command::Revoke { cause }, by.now).unwrap_or_default();
                let mut change = self.change_of(&contract, &events, &slot, by);
                paper.contract = Some(*id);
                // Ended at once: the slot goes straight to the paper contract, in this one write.
                let ended = change.take_slot().is_some();
                let moved = if ended {
                    recorded
                } else {
                    Slot::Open { contract: *id, customer: customer.clone(), waiting: Some(paper.id) }
                };
                paper.status = if ended { PaperStatus::Recorded } else { PaperStatus::Waiting };
                add_slot(&mut transaction, &subject.key, &slot, &moved)?;
                if events.is_empty() {
                    transaction.check(key(format!("CONTRACT#{id}"), "HEAD"), &version(contract.version));
                } else {
                    self.add(&mut transaction, &change, by).await?;
                }
            }
            held => return Ok(PaperPut::Held(held.clone())),
        }
        transaction.put(paper_item(&paper)?, &Condition::absent());
        let mut reference_item = reference_key(reference);
        reference_item.insert("body".to_owned(), json_text(&paper.id)?);
        transaction.put(reference_item, &Condition::absent());
        match transaction.commit().await? {
            Ok(()) => Ok(PaperPut::Done(paper)),
            Err(_) => Err(Failure::Conflict),
        }
    }

    /// Takes a wrong registration back: frees the slot it holds, or leaves the queue for it. The reference can be used again.
    pub async fn withdraw_paper(&self, id: PaperId, by: &By) -> Result<Option<Withdrawn>, Failure> {
        for attempt in 0..10 {
            let Some(paper) = self.paper(id).await? else { return Ok(None) };
            let slot = self.slot(&paper.subject.key).await?;
            let moved = match (paper.status, &slot) {
                (PaperStatus::Withdrawn, _) => return Ok(Some(Withdrawn::Done(paper))),
                (PaperStatus::Refused, _) => return Ok(Some(Withdrawn::Not(paper))),
                (PaperStatus::Recorded, Slot::Paper { paper: holder }) if *holder == id => Slot::Free,
                (PaperStatus::Waiting, Slot::Open { contract, customer, waiting: Some(holder) }) if *holder == id => {
                    Slot::Open { contract: *contract, customer: customer.clone(), waiting: None }
                }
                // The electronic contract ended between the two reads.
                _ => {
                    self.pause(attempt).await;
                    continue;
                }
            };
            let before = paper.status;
            let withdrawn = Paper { status: PaperStatus::Withdrawn, updated_at: by.now, ..paper };
            let mut transaction = Transaction::new(self, "withdrawing a paper contract");
            add_slot(&mut transaction, &withdrawn.subject.key, &slot, &moved)?;
            transaction.put(paper_item(&withdrawn)?, &paper_is(before.as_str()));
            transaction.delete(reference_key(&withdrawn.reference), &Condition::equals("body", json_text(&id)?));
            match transaction.commit().await? {
                Ok(()) => return Ok(Some(Withdrawn::Done(withdrawn))),
                Err(_) => self.pause(attempt).await,
            }
        }
        Err(Failure::Conflict)
    }
}
