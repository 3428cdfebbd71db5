//! The values the local stack gives to the template's parameters, secrets among them.
//!
//! Everything named here is made up. What must stay the same from one run to the next (the key of subject hashes, the provider's secret) is kept
//! in the data folder.

use crate::definitions::Definitions;
use crate::folder::{Folder, FolderError};
use crate::intrinsic::References;
use crate::template::physical_name;
use contract::Clock;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

const SECRETS_FILE: &str = "secrets.json";
/// The audience of local tokens.
pub const AUDIENCE: &str = "countersign";
/// The application's id at the sandbox.
pub const ESIGN_APP_ID: &str = "7438900001";
/// Party B's name in the local stack.
pub const PARTY_B_NAME: &str = "杭州示例云计算有限公司";
/// Party B's unified social credit code in the local stack.
pub const PARTY_B_CODE: &str = "91330100MA0DEM013C";

/// The fonts of the agreement, in the sources this binary was built from.
pub const FONTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/agreement/fonts");

/// The secrets of one data folder.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Secrets {
    /// The key under which subjects are hashed.
    pub subject_key: String,
    /// The application's secret at the sandbox.
    pub esign_app_secret: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secrets")
    }
}

impl Secrets {
    /// The secrets kept in the folder, or new ones.
    pub fn open(folder: &Folder) -> Result<Self, FolderError> {
        if let Some(text) = folder.read(SECRETS_FILE)? {
            // Damaged secrets are never replaced by new ones: with another subject key every subject would look new.
            return serde_json::from_str(&text).map_err(|_| folder.damaged(SECRETS_FILE));
        }
        let random = || format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
        let secrets = Self { subject_key: random(), esign_app_secret: random() };
        folder.write(SECRETS_FILE, &serde_json::to_string(&secrets).unwrap_or_default())?;
        Ok(secrets)
    }

    /// Gives every secret of the template a value: the template's, or for one that a deployment would make up, the data folder's.
    pub fn set(&self, references: &mut References, definitions: &Definitions) {
        for (logical, value) in &definitions.secrets {
            let name = physical_name(logical);
            let value = value.as_deref().unwrap_or(&self.subject_key);
            references.set(format!("secret:{name}"), value);
            references.set(logical, name);
        }
    }
}

/// The e签宝 sandbox, without a folder.
pub fn sandbox(secrets: &Secrets, clock: &Clock) -> sandbox::Options {
    sandbox::Options {
        port: 0,
        data: None,
        app_id: ESIGN_APP_ID.to_owned(),
        app_secret: secrets.esign_app_secret.clone(),
        vendor_name: PARTY_B_NAME.to_owned(),
        clock: Arc::clone(clock),
        retries: sandbox::retries(),
        fonts: PathBuf::from(FONTS),
    }
}

/// What differs from stack to stack.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The gateway, which also serves the pages.
    pub gateway: String,
    /// The issuer of tokens.
    pub issuer: String,
    /// The e签宝 sandbox.
    pub sandbox: String,
    /// The mail sink, as an SMTP address.
    pub mail: String,
}

/// The values of the template's parameters.
///
/// `anchors` is the sandbox's root certificate in PEM, `look_schedule` the seconds after which a waiting contract is looked at, `watch_rate` how often the
/// timer runs, in CloudFormation's notation.
pub fn values(
    addresses: &Addresses,
    secrets: &Secrets,
    anchors: &str,
    look_schedule: &str,
    watch_rate: &str,
) -> BTreeMap<String, String> {
    let party_b = json!({
        "name": PARTY_B_NAME,
        "creditCode": PARTY_B_CODE,
        "address": "浙江省杭州市西湖区示例路 1 号",
        "contact": "王小云",
        "phone": "0571-8888 0000",
        "email": "contract@cloud.example",
        "bank": "示例银行杭州分行",
        "bankAccount": "1202 0000 0000 0000 001",
    });
    let contact = json!({ "name": "王小云", "email": "business@cloud.example", "phone": "0571-8888 0001" });
    [
        ("PublicUrl", addresses.gateway.as_str()),
        ("ConsoleUrl", &addresses.gateway),
        ("TokenIssuer", &addresses.issuer),
        ("TokenAudience", AUDIENCE),
        ("EsignBaseUrl", &addresses.sandbox),
        ("EsignAppId", ESIGN_APP_ID),
        ("EsignAppSecret", &secrets.esign_app_secret),
        ("PartyB", &party_b.to_string()),
        ("Contact", &contact.to_string()),
        ("TrustAnchors", anchors),
        ("SmtpUrl", &addresses.mail),
        ("MailFrom", "Countersign <contract@cloud.example>"),
        ("StaffMail", "business@cloud.example"),
        ("LookSchedule", look_schedule),
        ("WatchRate", watch_rate),
        ("FontsDir", FONTS),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Parameter values as a stack on port 8080 would give them.
    pub(crate) fn given() -> BTreeMap<String, String> {
        let addresses = Addresses {
            gateway: "http://127.0.0.1:8080".to_owned(),
            issuer: "http://127.0.0.1:8080/dev/issuer".to_owned(),
            sandbox: "http://127.0.0.1:8081".to_owned(),
            mail: "smtp://127.0.0.1:2525".to_owned(),
        };
        values(&addresses, &Secrets::open(&Folder::none()).unwrap(), "", "10,10", "rate(10 seconds)")
    }

    #[test]
    fn party_b_is_a_valid_enterprise() {
        use contract::{Credential, CredentialType};
        assert!(Credential::parse(CredentialType::Uscc, PARTY_B_CODE).is_ok());
    }

    #[test]
    fn secrets_stay_the_same_in_a_folder() {
        let path = std::env::temp_dir().join(format!("countersign-secrets-{}", rand::random::<u64>()));
        let folder = Folder::open(&path).unwrap();
        let first = Secrets::open(&folder).unwrap();
        let second = Secrets::open(&folder).unwrap();
        assert_eq!(first.subject_key, second.subject_key);
        assert_ne!(first.subject_key, Secrets::open(&Folder::none()).unwrap().subject_key);
        std::fs::remove_dir_all(path).unwrap();
    }
}
