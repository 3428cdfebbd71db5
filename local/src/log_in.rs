//! The issuer's log-in, as any OIDC provider has it: authorization code with PKCE (RFC 6749, RFC 7636). Instead of a password one chooses who
//! to be.

use crate::customers::{ACCOUNTS, CUSTOMER_SCOPE, STAFF_SCOPE};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contract::{Clock, Timestamp};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The console's client id.
pub const CLIENT_ID: &str = "countersign-console";
/// Where the console takes the code, below the gateway's address.
const RETURN_PATH: &str = "/signed-in";
/// How long a code can be redeemed, in seconds.
const CODE_SECONDS: i64 = 60;
/// The longest name of an account, in characters.
pub const LONGEST_ACCOUNT: usize = 128;

/// What the console sends people to the log-in with.
#[derive(Debug, Clone, Deserialize)]
pub struct Authorization {
    pub client_id: Option<String>,
    pub redirect_uri: Option<String>,
    pub response_type: Option<String>,
    pub state: Option<String>,
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
    /// Who was chosen.
    pub r#as: Option<String>,
    /// Set where the account that was typed in is staff's.
    pub staff: Option<String>,
}

/// What the console redeems a code with.
#[derive(Debug, Deserialize)]
pub struct Redemption {
    pub grant_type: Option<String>,
    pub code: Option<String>,
    pub redirect_uri: Option<String>,
    pub client_id: Option<String>,
    pub code_verifier: Option<String>,
}

/// Who logged in, until the code is redeemed.
#[derive(Debug)]
struct Grant {
    account: String,
    scope: &'static str,
    challenge: String,
    until: Timestamp,
}

/// The codes that have been given out.
#[derive(Debug, Default)]
pub struct LogIn {
    grants: Mutex<HashMap<String, Grant>>,
}

impl LogIn {
    /// Why an authorization request is not answered: one sentence.
    pub fn refused(request: &Authorization, base_url: &str) -> Option<String> {
        let address = format!("{base_url}{RETURN_PATH}");
        let fits = [
            ("response_type", &request.response_type, "code"),
            ("client_id", &request.client_id, CLIENT_ID),
            ("redirect_uri", &request.redirect_uri, &address),
            ("code_challenge_method", &request.code_challenge_method, "S256"),
        ];
        let wrong = fits.into_iter().find(|(_, sent, wanted)| sent.as_deref() != Some(*wanted));
        if let Some((name, _, wanted)) = wrong {
            return Some(format!("{name} must be {wanted}."));
        }
        let challenge = request.code_challenge.as_deref().unwrap_or_default();
        (challenge.len() != 43).then(|| "code_challenge must be a SHA-256 in base64url.".to_owned())
    }

    /// Where the browser goes on to, once somebody was chosen.
    pub fn grant(&self, request: &Authorization, clock: &Clock) -> Option<String> {
        let account = request.r#as.as_deref().map(str::trim)?;
        if !(1..=LONGEST_ACCOUNT).contains(&account.chars().count()) {
            return None;
        }
        let scope = match ACCOUNTS.iter().find(|known| known.id == account) {
            Some(known) => known.scope,
            None if request.staff.is_some() => STAFF_SCOPE,
            None => CUSTOMER_SCOPE,
        };
        let now = clock();
        let code = format!("{:032x}", rand::random::<u128>());
        let grant = Grant {
            account: account.to_owned(),
            scope,
            challenge: request.code_challenge.clone()?,
            until: now.checked_add(jiff::SignedDuration::from_secs(CODE_SECONDS)).unwrap_or(now),
        };
        let mut grants = self.grants();
        grants.retain(|_, grant| grant.until > now);
        grants.insert(code.clone(), grant);
        let mut address = reqwest::Url::parse(request.redirect_uri.as_deref()?).ok()?;
        address.query_pairs_mut().append_pair("code", &code);
        if let Some(state) = &request.state {
            address.query_pairs_mut().append_pair("state", state);
        }
        Some(address.into())
    }

    /// Account and scope of a code, which is good once and for who asked for it only.
    pub fn redeem(&self, request: &Redemption, base_url: &str, clock: &Clock) -> Option<(String, &'static str)> {
        let grant = self.grants().remove(request.code.as_deref()?)?;
        let verifier = request.code_verifier.as_deref()?;
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let good = request.grant_type.as_deref() == Some("authorization_code")
            && request.client_id.as_deref() == Some(CLIENT_ID)
            && request.redirect_uri.as_deref() == Some(&format!("{base_url}{RETURN_PATH}"))
            && grant.challenge == challenge
            && grant.until > clock();
        good.then_some((grant.account, grant.scope))
    }

    fn grants(&self) -> MutexGuard<'_, HashMap<String, Grant>> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const BASE: &str = "http://127.0.0.1:1";
    const VERIFIER: &str = "a-verifier-that-is-long-enough-for-the-standard";

    fn clock(second: i64) -> Clock {
        Arc::new(move || Timestamp::from_second(second).unwrap())
    }

    fn request(who: Option<&str>) -> Authorization {
        Authorization {
            client_id: Some(CLIENT_ID.to_owned()),
            redirect_uri: Some(format!("{BASE}/signed-in")),
            response_type: Some("code".to_owned()),
            state: Some("s&1".to_owned()),
            code_challenge: Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()))),
            code_challenge_method: Some("S256".to_owned()),
            r#as: who.map(str::to_owned),
            staff: None,
        }
    }

    fn redemption(address: &str, verifier: &str) -> Redemption {
        let address = reqwest::Url::parse(address).unwrap();
        let code = address.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        Redemption {
            grant_type: Some("authorization_code".to_owned()),
            code: Some(code),
            redirect_uri: Some(format!("{BASE}/signed-in")),
            client_id: Some(CLIENT_ID.to_owned()),
            code_verifier: Some(verifier.to_owned()),
        }
    }

    #[test]
    fn a_code_is_good_once_for_whoever_asked_for_it_and_not_for_long() {
        let log_in = LogIn::default();
        assert_eq!(LogIn::refused(&request(None), BASE), None);
        let address = log_in.grant(&request(Some("demo-staff")), &clock(100)).unwrap();
        assert!(
            address.starts_with(&format!("{BASE}/signed-in?code=")) && address.ends_with("&state=s%261"),
            "{address}"
        );
        let good = redemption(&address, VERIFIER);
        assert_eq!(log_in.redeem(&good, BASE, &clock(101)), Some(("demo-staff".to_owned(), STAFF_SCOPE)));
        assert_eq!(log_in.redeem(&good, BASE, &clock(101)), None, "once");

        let address = log_in.grant(&request(Some("c-1")), &clock(100)).unwrap();
        assert_eq!(log_in.redeem(&redemption(&address, "another"), BASE, &clock(101)), None);
        let address = log_in.grant(&request(Some("c-1")), &clock(100)).unwrap();
        assert_eq!(log_in.redeem(&redemption(&address, VERIFIER), BASE, &clock(161)), None, "too late");
    }

    #[test]
    fn nobody_is_sent_to_a_foreign_address() {
        let mut foreign = request(Some("c-1"));
        foreign.redirect_uri = Some("http://evil.example/signed-in".to_owned());
        assert_eq!(LogIn::refused(&foreign, BASE), Some(format!("redirect_uri must be {BASE}/signed-in.")));
        let mut plain = request(None);
        plain.code_challenge_method = None;
        assert!(LogIn::refused(&plain, BASE).is_some());
        assert_eq!(LogIn::default().grant(&request(None), &clock(1)), None, "nobody was chosen");
    }
}
