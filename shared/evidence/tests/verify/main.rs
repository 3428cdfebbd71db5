//! Signs small agreements with the sandbox's own keys, tampers with them in every way we know, and looks at the verdict.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop there"
)]

mod accepted;
mod field;
mod paper;
mod refused;
mod rewritten;
