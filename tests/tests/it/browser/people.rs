//! What people do at the pages that takes more than one press.

use super::Browser;
use super::hands::field;
use crate::harness::{Contract, Customer, until};
use serde_json::{Value, json};

/// The code that every SMS of the sandbox would bring.
const SMS_CODE: &str = "123456";
/// Where the pages keep who is logged in.
const TOKEN: &str = "countersign-token";

impl Browser {
    /// Logs in from a page that offers it.
    pub async fn log_in(&self, account: &str) {
        self.press("#log-in").await;
        self.choose(account).await;
    }

    /// Tells the local log-in who one is.
    pub async fn choose(&self, account: &str) {
        self.write("input[name='as']:not([type='hidden'])", account).await;
        self.press("form:has(input[required]) button").await;
        self.until("#log-out").await;
    }

    /// Opens a page as somebody who has logged in before, in this tab.
    pub async fn enter(&self, customer: &Customer, path: &str) {
        self.enter_with(&customer.api.token, path).await;
    }

    /// The same with a token.
    pub async fn enter_with(&self, token: &str, path: &str) {
        if !self.at().await.starts_with('/') {
            // The storage is the console's.
            self.open("/").await;
            self.until("main > *").await;
        }
        let script = "sessionStorage.setItem(arguments[0], JSON.stringify({ token: arguments[1], until: Date.now() + 3_000_000 }))";
        self.script(script, vec![json!(TOKEN), json!(token)]).await;
        self.open(path).await;
    }

    /// Puts a token in place of the session's that the API no longer takes.
    pub async fn end_session(&self) {
        let script = "const kept = JSON.parse(sessionStorage.getItem(arguments[0])); \
                      const parts = kept.token.split('.'); \
                      sessionStorage.setItem(arguments[0], JSON.stringify({ ...kept, token: `${parts[0]}.${parts[1]}.AAAA` }))";
        self.script(script, vec![json!(TOKEN)]).await;
        self.expects("the server responded with a status of 401");
    }

    /// Lets the session's time be over.
    pub async fn run_out(&self) {
        let script = "const kept = JSON.parse(sessionStorage.getItem(arguments[0])); \
                      sessionStorage.setItem(arguments[0], JSON.stringify({ ...kept, until: Date.now() - 1 }))";
        self.script(script, vec![json!(TOKEN)]).await;
    }

    /// Fills in a form with the body that it is to send.
    pub async fn fill_all(&self, body: &Value) {
        let mut fields = leaves("", body);
        // What kind something is opens further fields.
        fields.sort_by_key(|(pointer, _)| !pointer.ends_with("/type"));
        for (pointer, value) in fields {
            if !pointer.starts_with("/consent") {
                self.fill(&pointer, &value).await;
            }
        }
    }

    /// What a form has in the fields of this body.
    pub async fn filled(&self, body: &Value) -> Vec<(String, Value)> {
        let mut found = Vec::new();
        for (pointer, _) in leaves("", body) {
            let value = self.property(&field(&pointer), "value").await;
            found.push((pointer, value));
        }
        found
    }

    /// Step 1 from an open form to the next step; tells which contract it became.
    pub async fn apply(&self, customer: &Customer) -> Contract {
        self.fill_all(&customer.application()).await;
        self.press("#next").await;
        self.until("#confirm").await;
        let at = self.at().await;
        let id = at.split('/').nth(2).unwrap_or_else(|| panic!("no contract at {at}")).to_owned();
        let shown = customer.api.get(&format!("/v1/contracts/{id}")).await.is(200);
        Contract::of(customer, &shown)
    }

    /// Step 2, read and confirmed.
    pub async fn confirm(&self) {
        self.until("#confirm:enabled").await;
        self.press("#confirm").await;
        self.until("#signer").await;
    }

    /// Step 3, filled in; the next press sends it.
    pub async fn name_signer(&self, customer: &Customer) {
        self.fill_all(&customer.signer()).await;
        self.press("#consent").await;
    }
}

impl Browser {
    /// Waits until the browser is at the provider.
    pub async fn until_at_provider(&self) {
        let provider = self.world.sandbox().base_url;
        until("the browser to be at the provider", async || {
            let at = self.at().await;
            if at.starts_with(&format!("{provider}/sign/")) { Ok(()) } else { Err((at, self.text("body").await)) }
        })
        .await;
    }

    /// Logs in at the provider by the SMS code, and confirms who one is where it asks.
    pub async fn log_in_there(&self) {
        self.write("#code", SMS_CODE).await;
        self.press("form[action*='/login'] button").await;
        let next = until("the provider to go on", async || {
            for next in ["#sign", "form[action*='/realname'] button"] {
                if self.count(next).await > 0 {
                    return Ok(next);
                }
            }
            Err(self.text("body").await)
        })
        .await;
        if next != "#sign" {
            self.press(next).await;
        }
        self.until("#sign").await;
    }

    /// Certifies and submits, with the seal in its place; the provider leads back to the console by itself.
    pub async fn certify(&self) {
        self.press("#certify").await;
        self.press("dialog [name='certified']").await;
        self.write("dialog #code", SMS_CODE).await;
        self.press("dialog[open] button:not([type='button'])").await;
        self.until(".end").await;
    }

    /// A file that the browser was told to keep.
    pub async fn downloaded(&self, name: &str) -> Vec<u8> {
        let path = self.downloads.join(name);
        // Chromium holds the name with an empty file until all is there.
        until(&format!("{name} to be kept"), async || match std::fs::read(&path) {
            Ok(bytes) if !bytes.is_empty() => Ok(bytes),
            other => Err(other.map(|bytes| bytes.len())),
        })
        .await
    }

    /// From now on documents come from their store with a byte changed, until the page is loaded anew.
    pub async fn changes_documents(&self) {
        let script = "const real = fetch; \
                      window.fetch = async (address, ...rest) => { \
                          const answer = await real(address, ...rest); \
                          if (String(address).startsWith('/')) return answer; \
                          const bytes = new Uint8Array(await answer.arrayBuffer()); \
                          bytes[bytes.length - 100] ^= 1; \
                          return new Response(bytes); \
                      }";
        self.script(script, vec![]).await;
    }

    /// The answer to the next request of this method is lost on its way: what was asked for is done.
    pub async fn loses_answer(&self, method: &str) {
        let script = "const [method] = arguments, real = fetch; \
                      window.fetch = async (address, options, ...rest) => { \
                          const answer = await real(address, options, ...rest); \
                          if (options?.method !== method) return answer; \
                          window.fetch = real; \
                          throw new TypeError('lost'); \
                      }";
        self.script(script, vec![json!(method)]).await;
    }
}

/// The texts in a body, with where they stand.
pub fn leaves(at: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Object(parts) => parts.iter().flat_map(|(name, part)| leaves(&format!("{at}/{name}"), part)).collect(),
        Value::String(text) => vec![(at.to_owned(), text.clone())],
        other => panic!("{at} is no text: {other}"),
    }
}
