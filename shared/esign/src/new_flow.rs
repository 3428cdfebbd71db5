//! Who is to sign what, as the caller says it.

use std::fmt;

use contract::{ContractNumber, Credential, FileId, Mobile, Name, SealSpot};

/// A person with the document and the mobile number that must belong to them (rule Z16).
#[derive(Clone, Copy)]
pub struct Person<'a> {
    pub name: &'a Name,
    pub credential: &'a Credential,
    /// The person's account at the provider: identity check, log-in and signing SMS.
    pub mobile: &'a Mobile,
}

impl fmt::Debug for Person<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person")
    }
}

/// Party A as it signs (rule Z7).
#[derive(Clone, Copy)]
pub enum Signatory<'a> {
    Person(Person<'a>),
    Enterprise {
        name: &'a Name,
        /// 统一社会信用代码.
        credit_code: &'a Credential,
        /// 经办人, who signs for the enterprise.
        transactor: Person<'a>,
    },
}

impl fmt::Debug for Signatory<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Person(_) => "Person",
            Self::Enterprise { .. } => "Enterprise",
        })
    }
}

impl Signatory<'_> {
    /// Every value that must not be repeated in an error.
    pub(crate) fn private(&self) -> Vec<&str> {
        let (mut values, person) = match self {
            Self::Person(person) => (Vec::new(), person),
            Self::Enterprise { name, credit_code, transactor } => {
                (vec![name.as_str(), credit_code.number()], transactor)
            }
        };
        values.extend(person.private());
        values
    }
}

impl Person<'_> {
    pub(crate) fn private(&self) -> [&str; 3] {
        [self.name.as_str(), self.credential.number(), self.mobile.as_str()]
    }
}

/// One contract's signing flow.
#[derive(Clone, Copy, Debug)]
pub struct NewFlow<'a> {
    /// The confirmed draft, uploaded before.
    pub file: &'a FileId,
    /// What the signer reads in the SMS and on the page: at most 100 characters, none of `/ \ : * " < > |`.
    pub title: &'a str,
    pub number: &'a ContractNumber,
    pub party_a: Signatory<'a>,
    /// Where party A's seal is offered; the signer may move it.
    pub seal_a: SealSpot,
    /// Where the vendor's own seal is set.
    pub seal_b: SealSpot,
    /// Where the provider calls back, with the contract's id in its query.
    pub callback_url: &'a str,
    /// Where the signer's browser goes after signing.
    pub redirect_url: &'a str,
}
