//! What the notifications queue carries: which mail is to go out. Ids only; who sends it loads what it says.

use contract::{ContractId, EnquiryId, PaperId};
use serde::{Deserialize, Serialize};

/// One mail that is to go out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Notice {
    /// About one event of a contract's history.
    Contract { contract: ContractId, kind: String, seq: u64 },
    /// About an enquiry that was recorded.
    Enquiry { enquiry: EnquiryId },
    /// About a paper contract that was refused.
    Paper { paper: PaperId },
}

impl Notice {
    /// The item that the mail is about, and what tells its mails apart: under these it is recorded that it went out.
    #[must_use]
    pub fn place(&self) -> (String, String) {
        match self {
            Self::Contract { contract, kind, seq } => (format!("CONTRACT#{contract}"), format!("{seq:06}.{kind}")),
            Self::Enquiry { enquiry } => (format!("ENQUIRY#{enquiry}"), "recorded".to_owned()),
            Self::Paper { paper } => (format!("PAPER#{paper}"), "refused".to_owned()),
        }
    }

    /// The notice whose [`Notice::place`] this is.
    pub(crate) fn at(owner: &str, name: &str) -> Option<Self> {
        match owner.split_once('#')? {
            ("CONTRACT", id) => {
                let (seq, kind) = name.split_once('.')?;
                let (contract, seq) = (ContractId::parse(id)?, seq.parse().ok()?);
                Some(Self::Contract { contract, kind: kind.to_owned(), seq })
            }
            ("ENQUIRY", id) => Some(Self::Enquiry { enquiry: EnquiryId::parse(id)? }),
            ("PAPER", id) => Some(Self::Paper { paper: PaperId::parse(id)? }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_found_again_by_its_place() {
        let id = "01KE8H5VBKQ7M2N9B5R8T3V6YC";
        for notice in [
            Notice::Contract { contract: ContractId::parse(id).unwrap(), kind: "held_for_review".to_owned(), seq: 7 },
            Notice::Enquiry { enquiry: EnquiryId::parse(id).unwrap() },
            Notice::Paper { paper: PaperId::parse(id).unwrap() },
        ] {
            let (owner, name) = notice.place();
            assert_eq!(Notice::at(&owner, &name), Some(notice));
        }
        assert_eq!(Notice::at("CUSTOMER#1", "recorded"), None);
    }
}
