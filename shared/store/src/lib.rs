//! Where contracts are kept: DynamoDB for facts, S3 for documents, KMS for what must be encrypted, SQS for what is to be done.
//!
//! The one room that knows the AWS SDK's types. A change is one transaction: it happens wholly or not at all, and a change that
//! somebody else's overtook is a [`Failure::Conflict`], to be loaded and decided again.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop there"))]

mod callbacks;
mod checks;
mod contracts;
mod documents;
mod due;
mod enquiries;
mod failure;
mod identities;
mod item;
mod mail;
mod notice;
mod papers;
mod queue;
mod search;
mod table;
mod transaction;
mod vault;

pub use callbacks::Callback;
pub use checks::TooMany;
pub use contracts::{Appended, By, Opened, UsedKey};
pub use documents::{Documents, Link};
pub use enquiries::{Enquiry, Topic};
pub use failure::Failure;
pub use identities::IdentityPut;
pub use mail::{Claimed, MailClaim};
pub use notice::Notice;
pub use papers::{Paper, PaperPut, PaperStatus, Withdrawn};
pub use queue::Queue;
pub use search::{Criteria, Page};
pub use table::Table;
pub use vault::{Names, Vault};
