//! esign-callback
