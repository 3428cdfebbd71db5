//! The renderer seen from outside, with the fonts of this room.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod fonts;
mod rendering;
mod samples;
