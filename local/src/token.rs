//! Access tokens of the local stack: the issuer that signs them and the check the gateway makes.
//!
//! The tokens are real OIDC JWTs (RS256). The check follows API Gateway's JWT authorizer and knows the issuer only by its JWKS document, so it would
//! accept no token a deployment with this issuer would refuse.

use crate::customers::CUSTOMER_SCOPE;
use crate::folder::{Folder, FolderError};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::{Clock, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Map, Value, json};
use std::sync::OnceLock;

const KEY_FILE: &str = "issuer.pem";
/// How long a token of the log-in page is valid, in seconds.
const LIFETIME: i64 = 12 * 3600;

/// Stacks in memory in one process share a key: making one takes longer than anything else at their start.
static SHARED_KEY: OnceLock<String> = OnceLock::new();

/// Signs tokens for the local log-in.
pub struct Issuer {
    key: EncodingKey,
    keys: JwkSet,
    key_id: String,
    address: String,
    audience: String,
    clock: Clock,
}

/// Checks tokens as a JWT authorizer does.
pub struct Authorizer {
    keys: JwkSet,
    validation: Validation,
    clock: Clock,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Issuer").field("address", &self.address).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Authorizer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Authorizer").finish_non_exhaustive()
    }
}

/// Why there is no issuer.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The key cannot be kept.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The kept key is damaged, or no key could be made.
    #[error("The log-in key ({KEY_FILE} in the data folder) cannot be used. Remove that file, and a new one is made.")]
    Key,
}

impl Issuer {
    /// The issuer at `address`, with the key kept in the folder or a new one.
    pub fn open(folder: &Folder, address: String, audience: String, clock: Clock) -> Result<Self, IssuerError> {
        let pem = match (folder.path(), folder.read(KEY_FILE)?) {
            (_, Some(pem)) => pem,
            (Some(_), None) => {
                let pem = new_key()?;
                folder.write(KEY_FILE, &pem)?;
                pem
            }
            (None, None) => match SHARED_KEY.get() {
                Some(pem) => pem.clone(),
                None => {
                    let pem = new_key()?;
                    SHARED_KEY.get_or_init(|| pem).clone()
                }
            },
        };
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| IssuerError::Key)?;
        let mut public = Jwk::from_encoding_key(&key, Algorithm::RS256).map_err(|_| IssuerError::Key)?;
        let key_id = public.thumbprint(ThumbprintHash::SHA256).map_err(|_| IssuerError::Key)?;
        public.common.key_id = Some(key_id.clone());
        public.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);
        Ok(Self { key, keys: JwkSet { keys: vec![public] }, key_id, address, audience, clock })
    }

    /// A token for the account, with the given scopes separated by spaces. Only where a customer's scope is among them, claim `customer_id`
    /// names the account.
    pub fn token(&self, account: &str, scope: &str) -> Result<String, IssuerError> {
        let now = (self.clock)().as_second();
        let mut claims = json!({
            "iss": self.address,
            "aud": self.audience,
            "sub": account,
            "scope": scope,
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME,
        });
        if let Some(claims) = claims.as_object_mut()
            && scope.split_whitespace().any(|one| one == CUSTOMER_SCOPE)
        {
            claims.insert("customer_id".to_owned(), account.into());
        }
        let header = Header { kid: Some(self.key_id.clone()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, &claims, &self.key).map_err(|_| IssuerError::Key)
    }

    /// How long a token is valid, in seconds.
    pub fn lifetime(&self) -> i64 {
        LIFETIME
    }

    /// The JWKS document.
    pub fn key_set(&self) -> &JwkSet {
        &self.keys
    }

    /// The OIDC discovery document.
    pub fn discovery(&self) -> Value {
        json!({
            "issuer": self.address,
            "jwks_uri": format!("{}/.well-known/jwks.json", self.address),
            "id_token_signing_alg_values_supported": ["RS256"],
            "authorization_endpoint": format!("{}/authorize", self.address),
            "token_endpoint": format!("{}/token", self.address),
            "code_challenge_methods_supported": ["S256"],
            "grant_types_supported": ["authorization_code"],
            "scopes_supported": ["openid", "contracts/self", "contracts/staff"],
            "token_endpoint_auth_methods_supported": ["none"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["contracts/self", "contracts/staff"],
        })
    }
}

fn new_key() -> Result<String, IssuerError> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| IssuerError::Key)?;
    let der = pair.as_der().map_err(|_| IssuerError::Key)?;
    let text = STANDARD.encode(der.as_ref());
    let lines: Vec<&str> = (0..text.len()).step_by(64).filter_map(|at| text.get(at..text.len().min(at + 64))).collect();
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")))
}

/// What an authorizer makes of a request's token.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// Valid, and with a scope the route asks for: the claims, and the token's scopes.
    Admitted(Map<String, Value>, Vec<String>),
    /// Missing, malformed, expired, or not of this issuer.
    Unauthorized,
    /// Valid, but without a scope the route asks for.
    Forbidden,
}

impl Authorizer {
    /// An authorizer that trusts the given keys, issuer and audience.
    pub fn new(keys: JwkSet, issuer: &str, audience: &str, clock: Clock) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        // Times are checked below, against the stack's own clock.
        validation.validate_exp = false;
        Self { keys, validation, clock }
    }

    /// Judges the `Authorization` header against the scopes of a route; an empty list asks for a valid token only.
    pub fn judge(&self, header: Option<&str>, scopes: &[String]) -> Verdict {
        let token = header.map(|header| match header.split_at_checked(7) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer ") => token,
            _ => header,
        });
        let Some(claims) = token.and_then(|token| self.claims(token.trim())) else {
            return Verdict::Unauthorized;
        };
        let held: Vec<String> = ["scope", "scp"]
            .iter()
            .filter_map(|name| claims.get(*name))
            .flat_map(|claim| match claim {
                Value::String(text) => text.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
                Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                _ => Vec::new(),
            })
            .collect();
        if scopes.is_empty() || scopes.iter().any(|scope| held.contains(scope)) {
            Verdict::Admitted(claims, held)
        } else {
            Verdict::Forbidden
        }
    }

    fn claims(&self, token: &str) -> Option<Map<String, Value>> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let key = DecodingKey::from_jwk(self.keys.find(&header.kid?)?).ok()?;
        let claims = jsonwebtoken::decode::<Map<String, Value>>(token, &key, &self.validation).ok()?.claims;
        let now = (self.clock)();
        let time = |name: &str| match claims.get(name) {
            None => Ok(None),
            Some(value) => value.as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok()).map(Some).ok_or(()),
        };
        let in_time = time("exp").ok()?.is_some_and(|end| now < end)
            && time("nbf").ok()?.is_none_or(|start| start <= now)
            && time("iat").ok()?.is_none_or(|start| start <= now);
        in_time.then_some(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use std::sync::Arc;

    const ISSUER: &str = "http://127.0.0.1:1/dev/issuer";

    fn at(second: i64) -> Clock {
        Arc::new(move || Timestamp::from_second(second).unwrap())
    }

    fn issuer() -> Issuer {
        Issuer::open(&Folder::none(), ISSUER.to_owned(), "countersign".to_owned(), at(1_000_000)).unwrap()
    }

    fn authorizer(second: i64) -> Authorizer {
        Authorizer::new(issuer().key_set().clone(), ISSUER, "countersign", at(second))
    }

    fn scopes(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn signed(claims: &Value) -> String {
        let issuer = issuer();
        let header = Header { kid: Some(issuer.key_id.clone()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, claims, &issuer.key).unwrap()
    }

    #[test]
    fn a_good_token_is_admitted_with_its_claims() {
        let token = issuer().token("c-1", "contracts/self other").unwrap();
        let header = format!("Bearer {token}");
        let Verdict::Admitted(claims, held) = authorizer(1_000_001).judge(Some(&header), &scopes(&["contracts/self"]))
        else {
            panic!("not admitted");
        };
        assert_eq!(claims["customer_id"], "c-1");
        assert_eq!(held, ["contracts/self", "other"]);
    }

    #[test]
    fn a_token_without_the_scope_is_forbidden() {
        let header = format!("Bearer {}", issuer().token("c-1", "contracts/self").unwrap());
        assert_eq!(authorizer(1_000_001).judge(Some(&header), &scopes(&["contracts/staff"])), Verdict::Forbidden);
        let header = format!("Bearer {}", issuer().token("c-1", "").unwrap());
        assert_eq!(authorizer(1_000_001).judge(Some(&header), &scopes(&["contracts/self"])), Verdict::Forbidden);
    }

    #[test]
    fn bad_tokens_are_unauthorized() {
        let good = issuer().token("c-1", "contracts/self").unwrap();
        let mut altered = good.split('.').map(str::to_owned).collect::<Vec<_>>();
        altered[1] =
            URL_SAFE_NO_PAD.encode(json!({ "iss": ISSUER, "aud": "countersign", "exp": 9_000_000 }).to_string());
        let unsigned = format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), altered[1]);
        let own = |change: fn(&mut Value)| {
            let mut claims =
                json!({ "iss": ISSUER, "aud": "countersign", "exp": 2_000_000, "scope": "contracts/self" });
            change(&mut claims);
            signed(&claims)
        };
        let cases = [
            String::new(),
            "Bearer".to_owned(),
            "Bearer x.y.z".to_owned(),
            format!("Basic {good}"),
            altered.join("."),
            unsigned,
            own(|claims| claims["iss"] = "http://elsewhere".into()),
            own(|claims| claims["aud"] = "other".into()),
            own(|claims| claims["exp"] = 1_000_000.into()),
            own(|claims| claims["exp"] = "never".into()),
            own(|claims| claims["nbf"] = 1_900_000.into()),
            own(|claims| {
                claims.as_object_mut().unwrap().remove("exp");
            }),
            own(|claims| {
                claims.as_object_mut().unwrap().remove("aud");
            }),
            own(|claims| {
                claims.as_object_mut().unwrap().remove("iss");
            }),
        ];
        let authorizer = authorizer(1_000_001);
        assert_eq!(authorizer.judge(None, &[]), Verdict::Unauthorized);
        for case in &cases {
            assert_eq!(authorizer.judge(Some(case), &[]), Verdict::Unauthorized, "{case}");
        }
        assert!(matches!(authorizer.judge(Some(&own(|_| ())), &[]), Verdict::Admitted(..)));
    }

    #[test]
    fn a_token_of_another_key_is_unauthorized() {
        let other = EncodingKey::from_rsa_pem(new_key().unwrap().as_bytes()).unwrap();
        let header = Header { kid: Some(issuer().key_id), ..Header::new(Algorithm::RS256) };
        let claims = json!({ "iss": ISSUER, "aud": "countersign", "exp": 2_000_000 });
        let token = jsonwebtoken::encode(&header, &claims, &other).unwrap();
        assert_eq!(authorizer(1_000_001).judge(Some(&token), &[]), Verdict::Unauthorized);
    }

    #[test]
    fn a_token_ends() {
        let header = issuer().token("c-1", "contracts/self").unwrap();
        assert!(matches!(authorizer(1_000_000 + LIFETIME - 1).judge(Some(&header), &[]), Verdict::Admitted(..)));
        assert_eq!(authorizer(1_000_000 + LIFETIME).judge(Some(&header), &[]), Verdict::Unauthorized);
    }
}
