//! open-signing
