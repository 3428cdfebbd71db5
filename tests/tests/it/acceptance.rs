//! The rules, each by its number, and what else the API promises.

mod checks;
mod confirming;
mod enquiries;
mod frozen;
mod histories;
mod identities;
mod information;
mod lists;
mod mails;
mod papers;
mod previews;
mod provider_page;
mod repeats;
mod reviews;
mod signers;
mod slots;
mod subjects;
mod surface;
mod times;
