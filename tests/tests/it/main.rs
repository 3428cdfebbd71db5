//! What the whole of Countersign has to show, over HTTP, on the local stack in memory.
//!
//! Nothing here looks behind the API: a test is a customer, staff, the provider's signer or a mailbox, and reads what they could read. Each
//! test makes up its own customers, so those that need no fault, clock or timer of their own share one stack.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop there"
)]

mod acceptance;
mod browser;
mod callbacks;
mod calls;
mod description;
mod documents;
mod harness;
mod input;
mod killed;
mod races;
mod samples;
mod signed;
mod styles;
