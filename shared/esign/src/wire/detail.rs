//! `GET /v3/sign-flow/{id}/detail`: how a flow stands.

use contract::{FlowReport, FlowSigner, FlowState, SubjectType};
use serde::Deserialize;

use super::lenient_int;
use crate::failure::Failure;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Detail {
    #[serde(default, deserialize_with = "lenient_int")]
    sign_flow_status: Option<i64>,
    signers: Option<Vec<Signer>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signer {
    #[serde(default, deserialize_with = "lenient_int")]
    signer_type: Option<i64>,
    #[serde(default, deserialize_with = "lenient_int")]
    sign_order: Option<i64>,
    #[serde(default, deserialize_with = "lenient_int")]
    sign_status: Option<i64>,
    psn_signer: Option<Person>,
    org_signer: Option<Organization>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    psn_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    org_name: Option<String>,
}

/// `signStatus` of a signer who has signed.
const SIGNED: i64 = 2;
const PERSON: i64 = 0;

impl Detail {
    /// The report in the contract's terms. A status that is not known is no report: nothing may be decided on it.
    pub(crate) fn report(self) -> Result<FlowReport, Failure> {
        let state = match self.sign_flow_status {
            Some(0) => FlowState::NotStarted,
            Some(1) => FlowState::Signing,
            Some(2) => FlowState::Completed,
            Some(3) => FlowState::Revoked,
            Some(5) => FlowState::Expired,
            Some(7) => FlowState::Declined,
            _ => return Err(Failure::puzzling("the flow's status is none of the known ones")),
        };
        let mut signers: Vec<FlowSigner> = self.signers.unwrap_or_default().into_iter().map(Signer::report).collect();
        signers.sort_by_key(|signer| signer.order);
        Ok(FlowReport { state, signers })
    }
}

impl Signer {
    fn report(self) -> FlowSigner {
        // What is there tells more than the number: a legal representative (2) or transactor (3) signs for an organisation.
        let personal = match (&self.psn_signer, &self.org_signer) {
            (Some(_), None) => true,
            (None, Some(_)) => false,
            _ => self.signer_type == Some(PERSON),
        };
        let name = if personal {
            self.psn_signer.and_then(|person| person.psn_name)
        } else {
            self.org_signer.and_then(|organization| organization.org_name)
        };
        FlowSigner {
            order: self.sign_order.and_then(|order| u32::try_from(order).ok()).unwrap_or(0),
            kind: if personal { SubjectType::Personal } else { SubjectType::Enterprise },
            name: name.filter(|name| !name.is_empty()),
            signed: self.sign_status == Some(SIGNED),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn report(detail: Value) -> Result<FlowReport, Failure> {
        serde_json::from_value::<Detail>(detail).unwrap().report()
    }

    fn signer(order: u32, kind: SubjectType, name: Option<&str>, signed: bool) -> FlowSigner {
        FlowSigner { order, kind, name: name.map(str::to_owned), signed }
    }

    #[test]
    fn a_flow_in_signing_with_nulls_strings_and_unknown_fields() {
        let detail = json!({
            "signFlowStatus": "1", "signFlowDescription": "签署中", "rescissionStatus": 0, "revokeReason": null, "copiers": null,
            "signers": [
                {"psnSigner": {"psnId": "p1", "psnName": "王小明", "psnAccount": {"accountMobile": "13800138000", "accountEmail": null}},
                 "orgSigner": null, "signerType": "0", "signOrder": "2", "signStatus": "1", "news": [1],
                 "signFields": [{"signFieldStatus": "0", "normalSignFieldConfig": null}]},
                {"psnSigner": null, "orgSigner": {"orgId": "o1", "orgName": "云上示例科技有限公司", "transactor": null},
                 "signerType": 1, "signOrder": 1, "signStatus": 2, "signFields": null}
            ]
        });
        let report = report(detail).unwrap();
        assert_eq!(report.state, FlowState::Signing);
        assert_eq!(
            report.signers,
            [
                signer(1, SubjectType::Enterprise, Some("云上示例科技有限公司"), true),
                signer(2, SubjectType::Personal, Some("王小明"), false)
            ]
        );
    }

    #[test]
    fn each_known_status_and_no_other() {
        for (status, state) in [
            (json!(0), FlowState::NotStarted),
            (json!(1), FlowState::Signing),
            (json!("2"), FlowState::Completed),
            (json!(3), FlowState::Revoked),
            (json!(5), FlowState::Expired),
            (json!("7"), FlowState::Declined),
        ] {
            assert_eq!(report(json!({"signFlowStatus": status})).unwrap(), FlowReport { state, signers: Vec::new() });
        }
        for status in [json!(4), json!(6), json!(12), json!(""), json!(null), json!({}), json!(1.5)] {
            assert!(report(json!({"signFlowStatus": status})).unwrap_err().is_unavailable());
        }
    }

    #[test]
    fn a_signer_without_a_name_or_type() {
        let detail = json!({"signFlowStatus": 2, "signers": [
            {"signerType": 1, "signOrder": null, "orgSigner": {"orgName": ""}},
            {"signerType": 0, "signOrder": 2, "signStatus": "2", "psnSigner": {"psnName": null}},
            {"orgSigner": {"orgName": "甲公司"}, "signerType": 3, "signOrder": 3, "signStatus": 4}
        ]});
        assert_eq!(
            report(detail).unwrap().signers,
            [
                signer(0, SubjectType::Enterprise, None, false),
                signer(2, SubjectType::Personal, None, true),
                signer(3, SubjectType::Enterprise, Some("甲公司"), false)
            ]
        );
    }
}
