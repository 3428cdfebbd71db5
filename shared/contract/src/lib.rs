//! The contract's life, as plain values and pure functions.
//!
//! Nothing here reads a clock, draws a random number, or talks to anybody: a decision depends on its arguments alone, so the
//! same history always leads to the same contract. Every state × command is decided on purpose (see [`decide`]); a refusal is a
//! value with a stable code.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop there"))]

mod contract;
mod credential;
mod decide;
mod document;
mod event;
mod evolve;
mod flow;
mod history;
mod identity;
mod ids;
mod look;
mod party_a;
mod refusal;
mod sha256;
mod signer;
mod slot;
mod text;

pub use contract::{
    Action, CloseRequest, Contract, Draft, Language, ReviewReason, SealSpot, Signing, State, StateName,
};
pub use credential::{Credential, CredentialType};
pub use decide::{
    Command, Decision, Opening, apply, decide, may_confirm, may_edit, may_open_signing, may_revoke, may_submit_signer,
};
pub use document::{Finding, HeldDocument, Outcome, ProviderVerdict, SignatureRecord, SigningParty};
pub use event::{Actor, ActorKind, Cause, CauseKind, Event, IdentityCheck, ReviewDecision};
pub use evolve::{evolve, opened};
pub use flow::{Due, FlowReport, FlowSigner, FlowState, START_GRACE_SECONDS, due, signer_differs};
pub use history::{Broken, Entry, Origin, entry, verify_history};
pub use identity::{Identity, Sealed, Subject, SubjectKey, SubjectType};
pub use ids::{ContractId, ContractNumber, CustomerId, EnquiryId, FileId, FlowId, PaperId};
pub use look::{LookSchedule, UNTOUCHED_DAYS, first_look, next_look};
pub use party_a::{Application, Invoice, InvoiceType, PartyA, SpecialInvoice};
pub use refusal::Refusal;
pub use sha256::Sha256;
pub use signer::{Fingerprint, Signer};
pub use slot::{PaperOutcome, Slot};
pub use text::{Address, BankAccount, Email, Invalid, Message, Mobile, Name, Phone, Reason, mask};

pub use jiff::Timestamp;

/// Tells the time. Passed in, so that a simulation can tell another.
pub type Clock = std::sync::Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Draws 128 random bits. Passed in, so that a run can be repeated from its seed.
pub type Random = std::sync::Arc<dyn Fn() -> u128 + Send + Sync>;
