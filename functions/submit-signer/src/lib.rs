//! submit-signer
