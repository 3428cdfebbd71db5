//! What every function shares at its edge: settings and start-up, who calls, what was sent, and how it is answered.
//!
//! HTTP status codes appear in this room only. A request is read completely before anything is done; an answer is a problem
//! document (RFC 9457) or what the API names.

#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "a test that meets the unexpected should stop there"
    )
)]

mod batch;
mod body;
mod caller;
mod fields;
mod language;
mod log;
mod metrics;
mod problem;
mod reply;
pub mod schema;
mod sentences;
mod settings;
mod start;
mod view;

pub use batch::{
    DynamoDbEventResponse as StreamResponse, EventRecord as StreamRecord, SqsBatchResponse, SqsEvent, StreamEvent,
    each_message, relayed, stream_response, texts_of,
};
pub use body::{idempotency_key, json_body, optional_json_body};
pub use caller::{
    Customer, Staff, contract_id, cursor, customer, has_parameter, own_contract, parameter, query, staff,
};
pub use fields::{FieldError, Fields};
pub use language::language;
pub use log::about;
pub use metrics::{Lines, Metrics};
pub use problem::{Contact, FieldProblem, Problem, ProblemDocument};
pub use reply::{accepted, callback_taken, created, ok, png, respond, text_json};
pub use settings::{BadSettings, Settings};
pub use start::{Carrier, Host, Postbox, run_http, run_queue, run_schedule, run_stream};
pub use view::{
    ContractView, DocumentView, DraftView, Eligibility, EnquiryView, FindingView, HeldView, HistoryItem, IdentityView,
    InvoiceView, LinkView, PageView, PaperView, PartyAView, SignerAnswer, SignerView, SigningLink, StaffContractView,
    SubjectView, TakenBackIdentity, history_item,
};

pub type Request = lambda_http::Request;
pub type Response = lambda_http::Response<lambda_http::Body>;
