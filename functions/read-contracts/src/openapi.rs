//! The OpenAPI document of the whole API.

/// The document, as JSON.
pub fn document() -> String {
    String::from("{}")
}
