//! What a customer asked the business contact.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{Contact, schema};

/// An enquiry, as its author and staff see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnquiryView {
    #[schema(value_type = schema::Ulid)]
    pub id: String,
    #[schema(value_type = schema::EnquiryTopic)]
    pub topic: &'static str,
    pub message: String,
    #[schema(value_type = schema::Time)]
    pub created_at: String,
    /// Who will answer; for the author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// Who asked; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::CustomerId>)]
    pub customer_id: Option<String>,
    /// The verified subject's name, if there is one; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_name: Option<String>,
}
