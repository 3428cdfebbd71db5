//! As which program the sandbox signs, set by tests through `PUT /sandbox/signing-style`. It is kept, so that it outlives the process.

use serde::{Deserialize, Serialize};

use crate::state::{Kind, Records};
use crate::wire::Refusal;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Style {
    /// PAdES in its shortest form.
    #[default]
    Plain,
    /// CMS in the structure of iText 5.
    Itext,
    /// Plain, with a time stamp on each signature.
    Timestamped,
    /// Time-stamped, and when all have signed certificates, a revocation list and a time stamp over the whole document.
    Lasting,
}

/// What is sent and shown.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setting {
    pub(crate) style: Style,
}

/// The style in force.
pub(crate) fn current(records: &Records<'_>) -> Result<Style, Refusal> {
    Ok(records.get(Kind::Style, "")?.unwrap_or_default())
}

/// Replaces the style in force, for signatures from now on.
pub(crate) fn replace(records: &Records<'_>, style: Style) -> Result<(), Refusal> {
    records.put(Kind::Style, "", &style)
}
