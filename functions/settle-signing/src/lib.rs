//! settle-signing
