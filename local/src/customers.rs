//! The customers that are there at the first start, so that one can log in at once.
//!
//! They are registered through the API, as the vendor's real-name system would do it. Names and documents are made up; the documents have valid
//! check digits.

use serde_json::{Value, json};

/// Scope of customers' tokens.
pub const CUSTOMER_SCOPE: &str = "contracts/self";
/// Scope of staff tokens.
pub const STAFF_SCOPE: &str = "contracts/staff";
/// The account that registers identities.
pub const STAFF: &str = "demo-staff";

/// Somebody one can log in as.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    /// The account's id, which is the subject of its tokens.
    pub id: &'static str,
    /// Who it is, in Chinese and English.
    pub title: (&'static str, &'static str),
    /// The scope of its tokens.
    pub scope: &'static str,
    /// What it is verified as: type, name, kind of document, number.
    pub identity: Option<(&'static str, &'static str, &'static str, &'static str)>,
}

/// The ready accounts.
pub const ACCOUNTS: [Account; 4] = [
    Account {
        id: "demo-enterprise",
        title: ("已实名的企业：杭州示例科技有限公司", "a verified enterprise"),
        scope: CUSTOMER_SCOPE,
        identity: Some(("enterprise", "杭州示例科技有限公司", "uscc", "91330100MA0DEM0217")),
    },
    Account {
        id: "demo-person",
        title: ("已实名的个人：李示例", "a verified person"),
        scope: CUSTOMER_SCOPE,
        identity: Some(("personal", "李示例", "id_card", "310101199506012021")),
    },
    Account {
        id: "demo-unverified",
        title: ("尚未实名的账号", "an account without verification"),
        scope: CUSTOMER_SCOPE,
        identity: None,
    },
    Account { id: STAFF, title: ("商务人员", "staff"), scope: STAFF_SCOPE, identity: None },
];

/// The body of `PUT /v1/staff/customers/{id}/identity` for an account; `None` for one that is not verified.
pub fn identity_body(account: &Account) -> Option<Value> {
    account.identity.map(|(kind, name, credential, number)| {
        json!({
            "type": kind,
            "name": name,
            "credentialType": credential,
            "credentialNumber": number,
            "verifiedAt": "2026-01-05T02:00:00Z",
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::{Credential, CredentialType};

    #[test]
    fn documents_have_valid_check_digits() {
        let mut checked = 0;
        for (_, _, credential, number) in ACCOUNTS.iter().filter_map(|account| account.identity) {
            let kind = if credential == "uscc" { CredentialType::Uscc } else { CredentialType::IdCard };
            assert!(Credential::parse(kind, number).is_ok(), "{number}");
            checked += 1;
        }
        assert_eq!(checked, 2);
    }
}
