//! revoke-contract
