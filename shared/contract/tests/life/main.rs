//! The whole life of a contract: every state × command as a table, and what must hold on every way through it.

#![expect(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects")]

mod agreement;
mod commands;
mod grid;
mod history;
mod looks;
mod reviews;
mod situations;
mod slots;
mod walks;
mod world;
