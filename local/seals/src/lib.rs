//! Signs PDFs for the local e签宝 sandbox.
//!
//! A signature made here is a real one: a PAdES signature (ETSI EN 319 142-1, level B-B or B-T), or one in the structure of another program, that other
//! people's tools accept once they trust the sandbox's root. What always holds: the bytes of the PDF handed in are the beginning of the PDF handed out,
//! and each call adds one signature.

#![cfg_attr(
    test,
    expect(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "a test that meets the unexpected should stop there"
    )
)]

mod art;
mod authority;
mod certificate;
mod cms;
mod examine;
mod form;
mod hole;
mod itext;
mod lasting;
mod outline;
mod sign;
mod tsa;

pub use art::{ArtError, SealArt};
pub use authority::{Authority, AuthorityError, Signer};
pub use examine::{Examined, examine};
pub use lasting::preserve;
pub use sign::{Field, SignError, Style, sign, sign_as};
pub use tsa::TimeAuthority;
