//! A stack, and the people around it, in a few words: `world.enterprise("某某科技有限公司")`, `acme.apply()`, `contract.until("signed")`.
//!
//! An expectation that is not met prints what was asked and what was answered.

mod answer;
mod api;
mod aws;
mod bytes;
mod contract;
pub mod credentials;
mod customer;
mod mail;
mod sandbox;
pub mod tools;
mod wait;
mod world;

pub use answer::Answer;
pub use api::Api;
pub use contract::Contract;
pub use customer::{Customer, Kind};
pub use wait::{until, until_within};
pub use world::World;

/// The two languages of texts.
pub const LANGUAGES: [&str; 2] = ["zh-CN", "en"];
/// The vendor's name in the local stack.
pub const VENDOR: &str = "杭州示例云计算有限公司";
/// The address of the vendor's business contact, who also gets staff's mails.
pub const BUSINESS: &str = "business@cloud.example";
