//! `POST /v3/sign-flow/create-by-file`: what is asked of the provider for each contract.
//!
//! The provider's defaults are not ours. Its flows start at once, never finish, let a signer undo a signed contract, and send no
//! SMS; every setting that differs is said here, with its reason.

use contract::{CredentialType, SealSpot, SubjectType};
use serde::Serialize;

use crate::{
    new_flow::{NewFlow, Person, Signatory},
    settings::{Anchor, Pixel},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateByFile<'a> {
    docs: [Document<'a>; 1],
    sign_flow_config: FlowConfig<'a>,
    signers: [Signer<'a>; 2],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    file_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FlowConfig<'a> {
    sign_flow_title: &'a str,
    /// Milliseconds since 1970.
    sign_flow_expire_time: i64,
    /// False: a flow whose id was not recorded here must reach nobody.
    auto_start: bool,
    /// True: otherwise the flow stays open after the last signature, without a callback and without a download.
    auto_finish: bool,
    /// True: a signer who is verified there as somebody else is refused.
    identity_verify: bool,
    notify_url: &'a str,
    redirect_config: Redirect<'a>,
    contract_config: ContractConfig,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Redirect<'a> {
    pub redirect_url: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContractConfig {
    /// False: otherwise the signer could undo a signed contract on the provider's page, against rule Z5.
    allow_to_rescind: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Signer<'a> {
    signer_type: u8,
    sign_config: SignConfig,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice_config: Option<NoticeConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    psn_signer_info: Option<Account<'a>>,
    /// Absent for the vendor: a signer of type organisation without this is the app's own organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    org_signer_info: Option<Organization<'a>>,
    sign_fields: [SignField<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignConfig {
    sign_order: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NoticeConfig {
    /// "1" is SMS; the default is no notice at all.
    notice_types: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Account<'a> {
    psn_account: &'a str,
    psn_info: PersonInfo<'a>,
}

#[derive(Serialize)]
struct PersonInfo<'a> {
    #[serde(rename = "psnName")]
    name: &'a str,
    #[serde(rename = "psnIDCardNum")]
    number: &'a str,
    #[serde(rename = "psnIDCardType")]
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Organization<'a> {
    org_name: &'a str,
    org_info: OrganizationInfo<'a>,
    transactor_info: Account<'a>,
}

#[derive(Serialize)]
struct OrganizationInfo<'a> {
    #[serde(rename = "orgIDCardNum")]
    number: &'a str,
    #[serde(rename = "orgIDCardType")]
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignField<'a> {
    file_id: &'a str,
    /// Comes back in callbacks and in the provider's lists, so that a field can be told to its contract and party.
    custom_biz_num: String,
    normal_sign_field_config: FieldConfig,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldConfig {
    auto_sign: bool,
    /// The signer drags the seal to where it should stand (rule Z21).
    movable_sign_field: bool,
    /// "1" is the seal that the provider makes from the identity, instead of handwriting.
    #[serde(skip_serializing_if = "Option::is_none")]
    psn_seal_styles: Option<&'static str>,
    /// 1 is one page.
    sign_field_style: u8,
    /// Both together, in place of `signFieldSize`. Otherwise the seal has the size that its owner once gave it, or none that is known here.
    sign_field_width: u32,
    sign_field_height: u32,
    sign_field_position: Position,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Position {
    /// A page's number, as text.
    position_page: String,
    position_x: f64,
    position_y: f64,
}

const PERSON: u8 = 0;
const ORGANIZATION: u8 = 1;
const SMS: NoticeConfig = NoticeConfig { notice_types: "1" };

impl<'a> CreateByFile<'a> {
    /// The vendor's automatic seal is first in the order, so that it stands on the contract when the page opens (rule Z21).
    pub(crate) fn new(flow: &NewFlow<'a>, expires_at_ms: i64, anchor: Anchor, pixel: Pixel) -> Self {
        let file_id = flow.file.as_str();
        let (kind, signer_type, person, organization) = match flow.party_a {
            Signatory::Person(person) => (SubjectType::Personal, PERSON, Some(account(person)), None),
            Signatory::Enterprise { name, credit_code, transactor } => {
                let org_info = OrganizationInfo { number: credit_code.number(), kind: "CRED_ORG_USCC" };
                let transactor_info = account(transactor);
                let organization = Organization { org_name: name.as_str(), org_info, transactor_info };
                (SubjectType::Enterprise, ORGANIZATION, None, Some(organization))
            }
        };
        let ([width_a, height_a], place_a) = seal(flow.seal_a, kind, anchor, pixel);
        let ([width_b, height_b], place_b) = seal(flow.seal_b, SubjectType::Enterprise, anchor, pixel);
        let party_a = Signer {
            signer_type,
            sign_config: SignConfig { sign_order: 2 },
            notice_config: Some(SMS),
            psn_signer_info: person,
            org_signer_info: organization,
            sign_fields: [SignField {
                file_id,
                custom_biz_num: format!("party-a-{}", flow.number),
                normal_sign_field_config: FieldConfig {
                    auto_sign: false,
                    movable_sign_field: true,
                    psn_seal_styles: (signer_type == PERSON).then_some("1"),
                    sign_field_style: 1,
                    sign_field_width: width_a,
                    sign_field_height: height_a,
                    sign_field_position: place_a,
                },
            }],
        };
        let party_b = Signer {
            signer_type: ORGANIZATION,
            sign_config: SignConfig { sign_order: 1 },
            notice_config: None,
            psn_signer_info: None,
            org_signer_info: None,
            sign_fields: [SignField {
                file_id,
                custom_biz_num: format!("party-b-{}", flow.number),
                normal_sign_field_config: FieldConfig {
                    auto_sign: true,
                    movable_sign_field: false,
                    psn_seal_styles: None,
                    sign_field_style: 1,
                    sign_field_width: width_b,
                    sign_field_height: height_b,
                    sign_field_position: place_b,
                },
            }],
        };
        Self {
            docs: [Document { file_id }],
            sign_flow_config: FlowConfig {
                sign_flow_title: flow.title,
                sign_flow_expire_time: expires_at_ms,
                auto_start: false,
                auto_finish: true,
                identity_verify: true,
                notify_url: flow.callback_url,
                redirect_config: Redirect { redirect_url: flow.redirect_url },
                contract_config: ContractConfig { allow_to_rescind: false },
            },
            signers: [party_b, party_a],
        }
    }
}

fn account<'a>(person: Person<'a>) -> Account<'a> {
    let number = person.credential.number();
    Account {
        psn_account: person.mobile.as_str(),
        psn_info: PersonInfo {
            name: person.name.as_str(),
            number,
            kind: document_type(person.credential.kind(), number),
        },
    }
}

/// The provider tells the permits of Hong Kong and Macao apart; the permit's number begins with H or M.
fn document_type(kind: CredentialType, number: &str) -> &'static str {
    match kind {
        CredentialType::Uscc => "CRED_ORG_USCC",
        CredentialType::IdCard => "CRED_PSN_CH_IDCARD",
        CredentialType::HkMacaoPermit if number.starts_with('M') => "CRED_PSN_CH_MACAO",
        CredentialType::HkMacaoPermit => "CRED_PSN_CH_HONGKONG",
        CredentialType::TaiwanPermit => "CRED_PSN_CH_TWCARD",
        CredentialType::Passport => "CRED_PSN_PASSPORT",
    }
}

/// The size and the place of a seal, in the provider's measures.
fn seal(spot: SealSpot, kind: SubjectType, anchor: Anchor, pixel: Pixel) -> ([u32; 2], Position) {
    let size = kind.seal_size();
    let [left, down] = match anchor {
        Anchor::Centre => [0.0, 0.0],
        Anchor::LowerLeft => size.map(|side| f64::from(side) / 2.0),
    };
    let position =
        Position { position_page: spot.page.to_string(), position_x: spot.x - left, position_y: spot.y - down };
    (size.map(|side| pixel.count(side)), position)
}

#[cfg(test)]
mod tests {
    use contract::{ContractNumber, Credential, FileId, Mobile, Name};
    use serde_json::{Value, json};

    use super::*;

    const NUMBER: &str = "HT-20261124-0123456789";

    fn body(party_a: Signatory<'_>, anchor: Anchor, pixel: Pixel) -> Value {
        let (file, number) = (FileId::new("file-1"), ContractNumber::parse(NUMBER).unwrap());
        let flow = NewFlow {
            file: &file,
            title: "云服务协议",
            number: &number,
            party_a,
            seal_a: SealSpot { page: 8, x: 180.5, y: 300.0 },
            seal_b: SealSpot { page: 8, x: 420.0, y: 300.0 },
            callback_url: "https://contracts.example/v1/esign/callback?contract=01J",
            redirect_url: "https://console.example/done",
        };
        serde_json::to_value(CreateByFile::new(&flow, 1_800_000_000_000, anchor, pixel)).unwrap()
    }

    fn field(party: &str, config: &Value) -> Value {
        json!([{"fileId": "file-1", "customBizNum": format!("{party}-{NUMBER}"), "normalSignFieldConfig": config}])
    }

    fn expected(party_a: &Value) -> Value {
        let b = field(
            "party-b",
            &json!({
                "autoSign": true, "movableSignField": false, "signFieldStyle": 1, "signFieldWidth": 119, "signFieldHeight": 119,
                "signFieldPosition": {"positionPage": "8", "positionX": 420.0, "positionY": 300.0}
            }),
        );
        json!({
            "docs": [{"fileId": "file-1"}],
            "signFlowConfig": {
                "signFlowTitle": "云服务协议",
                "signFlowExpireTime": 1_800_000_000_000_i64,
                "autoStart": false,
                "autoFinish": true,
                "identityVerify": true,
                "notifyUrl": "https://contracts.example/v1/esign/callback?contract=01J",
                "redirectConfig": {"redirectUrl": "https://console.example/done"},
                "contractConfig": {"allowToRescind": false}
            },
            "signers": [{"signerType": 1, "signConfig": {"signOrder": 1}, "signFields": b}, party_a]
        })
    }

    #[test]
    fn a_person_signs() {
        let name = Name::parse("王小明").unwrap();
        let credential = Credential::parse(CredentialType::IdCard, "11010519491231002X").unwrap();
        let mobile = Mobile::parse("13800138000").unwrap();
        let person = Person { name: &name, credential: &credential, mobile: &mobile };
        let party_a = json!({
            "signerType": 0,
            "signConfig": {"signOrder": 2},
            "noticeConfig": {"noticeTypes": "1"},
            "psnSignerInfo": {"psnAccount": "13800138000", "psnInfo": {
                "psnName": "王小明", "psnIDCardNum": "11010519491231002X", "psnIDCardType": "CRED_PSN_CH_IDCARD"}},
            "signFields": field("party-a", &json!({
                "autoSign": false, "movableSignField": true, "psnSealStyles": "1", "signFieldStyle": 1,
                "signFieldWidth": 57, "signFieldHeight": 57,
                "signFieldPosition": {"positionPage": "8", "positionX": 180.5, "positionY": 300.0}
            }))
        });
        assert_eq!(body(Signatory::Person(person), Anchor::Centre, Pixel::Point), expected(&party_a));
    }

    #[test]
    fn an_enterprise_signs_by_its_transactor() {
        let company = Name::parse("甲示例科技有限公司").unwrap();
        let credit_code = Credential::parse(CredentialType::Uscc, "91350100M000100Y43").unwrap();
        let name = Name::parse("陈大文").unwrap();
        let credential = Credential::parse(CredentialType::HkMacaoPermit, "H12345678").unwrap();
        let mobile = Mobile::parse("13900139000").unwrap();
        let transactor = Person { name: &name, credential: &credential, mobile: &mobile };
        let party_a = json!({
            "signerType": 1,
            "signConfig": {"signOrder": 2},
            "noticeConfig": {"noticeTypes": "1"},
            "orgSignerInfo": {
                "orgName": "甲示例科技有限公司",
                "orgInfo": {"orgIDCardNum": "91350100M000100Y43", "orgIDCardType": "CRED_ORG_USCC"},
                "transactorInfo": {"psnAccount": "13900139000", "psnInfo": {
                    "psnName": "陈大文", "psnIDCardNum": "H12345678", "psnIDCardType": "CRED_PSN_CH_HONGKONG"}}
            },
            "signFields": field("party-a", &json!({
                "autoSign": false, "movableSignField": true, "signFieldStyle": 1, "signFieldWidth": 119, "signFieldHeight": 119,
                "signFieldPosition": {"positionPage": "8", "positionX": 180.5, "positionY": 300.0}
            }))
        });
        let signatory = Signatory::Enterprise { name: &company, credit_code: &credit_code, transactor };
        assert_eq!(body(signatory, Anchor::Centre, Pixel::Point), expected(&party_a));

        let cornered = body(signatory, Anchor::LowerLeft, Pixel::NinetySixth);
        let config = &cornered["signers"][1]["signFields"][0]["normalSignFieldConfig"];
        assert_eq!(config["signFieldPosition"], json!({"positionPage": "8", "positionX": 121.0, "positionY": 240.5}));
        assert_eq!((&config["signFieldWidth"], &config["signFieldHeight"]), (&json!(159), &json!(159)));
    }

    #[test]
    fn each_document_has_the_providers_name() {
        for (kind, number, name) in [
            (CredentialType::IdCard, "11010519491231002X", "CRED_PSN_CH_IDCARD"),
            (CredentialType::HkMacaoPermit, "H12345678", "CRED_PSN_CH_HONGKONG"),
            (CredentialType::HkMacaoPermit, "M12345678", "CRED_PSN_CH_MACAO"),
            (CredentialType::TaiwanPermit, "12345678", "CRED_PSN_CH_TWCARD"),
            (CredentialType::Passport, "E12345678", "CRED_PSN_PASSPORT"),
        ] {
            assert_eq!(document_type(kind, number), name);
        }
    }
}
