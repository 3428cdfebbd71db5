//! confirm-content
