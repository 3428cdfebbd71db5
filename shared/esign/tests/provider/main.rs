//! The provider's client against a server that answers, and fails, as each test wants.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails where it panics")]

mod calls;
mod outages;
mod support;
