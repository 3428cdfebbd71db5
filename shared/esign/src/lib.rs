//! The provider, e签宝, behind the contract's own terms.
//!
//! What always holds here: the bytes that are sent are the bytes that were signed; every call ends within its time limit; a call
//! that must not happen twice is sent at most once; and no name, document number, mobile number or link reaches a log or an error.

#![cfg_attr(
    test,
    expect(
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "a test that meets the unexpected should stop there"
    )
)]

mod callback;
mod exchange;
mod failure;
mod new_flow;
mod provider;
mod settings;
mod signature;
mod verdict;
mod wire;

pub use callback::{Callback, Forged, NotACallback, Received, verify_callback};
pub use exchange::Carrier;
pub use failure::{Failure, Outage, Refusal};
pub use new_flow::{NewFlow, Person, Signatory};
pub use provider::{MOST_DOCUMENT_BYTES, Provider};
pub use settings::{Anchor, BadSetting, Pixel, Secret, Settings};
pub use verdict::{Integrity, SignatureVerdict, Verdict};
