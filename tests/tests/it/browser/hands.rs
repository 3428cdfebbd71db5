//! What somebody does at a browser, and sees. Everything waits until it can be done; what never can be says what was there instead.
//!
//! `what` is a CSS selector, or an XPath where it begins with `//`; [`named`] finds buttons and links by their words.

use super::Browser;
use crate::harness::until;
use serde_json::{Value, json};
use thirtyfour::{By, Key, WebElement};

/// The button or link with these words.
pub fn named(words: &str) -> String {
    format!("//*[self::button or self::a][normalize-space()='{words}']")
}

/// The field with this place in the body, as `/partyA/phone`.
pub fn field(pointer: &str) -> String {
    format!("[name='{pointer}']")
}

fn by(what: &str) -> By {
    if what.starts_with("//") { By::XPath(what) } else { By::Css(what) }
}

impl Browser {
    /// Goes to an address, of the console where it has no host.
    pub async fn open(&self, address: &str) {
        let whole = if address.starts_with("http") { address.to_owned() } else { self.address(address) };
        self.driver.goto(&whole).await.unwrap_or_else(|error| panic!("{whole} cannot be opened: {error}"));
    }

    /// The whole address of a page of the console.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.world.anybody().base_url)
    }

    /// Clicks or taps something that is there and can be used.
    pub async fn press(&self, what: &str) {
        until(&format!("{what} to be pressed"), async || {
            let element = self.usable(what).await?;
            // Where a page scrolls smoothly, the driver aims at where the element was.
            self.on(&element, "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", "").await?;
            element.click().await.map_err(|error| error.to_string())
        })
        .await;
    }

    /// Writes into a field, in place of what is in it; chooses from a list.
    pub async fn fill(&self, pointer: &str, value: &str) {
        self.write(&field(pointer), value).await;
    }

    /// The same for a field found another way.
    pub async fn write(&self, what: &str, value: &str) {
        until(&format!("{what} to be filled in"), async || {
            let element = self.usable(what).await?;
            let kind = element.prop("type").await.ok().flatten().unwrap_or_default();
            if ["select-one", "date", "datetime-local"].contains(&kind.as_str()) {
                // The driver's own choosing leaves out an event that browsers send, and a date is typed in another way in each language.
                let script = "arguments[0].value = arguments[1]; \
                              for (const kind of ['input', 'change']) arguments[0].dispatchEvent(new Event(kind, { bubbles: true }))";
                self.on(&element, script, value).await?;
                return Ok(());
            }
            let done = match element.clear().await {
                Ok(()) => element.send_keys(value).await,
                cannot => cannot,
            };
            done.map_err(|error| error.to_string())
        })
        .await;
    }

    /// Runs a script on an element, which may be gone meanwhile.
    async fn on(&self, element: &WebElement, script: &str, value: &str) -> Result<(), String> {
        let element = element.to_json().map_err(|error| error.to_string())?;
        let done = self.driver.execute(script, vec![element, json!(value)]).await;
        done.map(|_| ()).map_err(|error| error.to_string())
    }

    async fn usable(&self, what: &str) -> Result<WebElement, String> {
        let element = self.driver.find(by(what)).await.map_err(|error| error.to_string())?;
        match (element.is_displayed().await, element.is_enabled().await) {
            (Ok(true), Ok(true)) => Ok(element),
            (shown, enabled) => Err(format!("shown: {shown:?}, enabled: {enabled:?}")),
        }
    }

    /// What a script of the test's own gives.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.driver.execute(script, arguments).await.unwrap_or_else(|error| panic!("{script}\n{error}")).json().clone()
    }

    /// The words of the first that a CSS selector finds; none where there is none.
    pub async fn text(&self, css: &str) -> Option<String> {
        let found =
            self.script("return document.querySelector(arguments[0])?.innerText ?? null", vec![json!(css)]).await;
        found.as_str().map(str::to_owned)
    }

    /// How many a CSS selector finds.
    pub async fn count(&self, css: &str) -> u64 {
        let found = self.script("return document.querySelectorAll(arguments[0]).length", vec![json!(css)]).await;
        found.as_u64().unwrap_or_default()
    }

    /// A property of the first that a CSS selector finds.
    pub async fn property(&self, css: &str, name: &str) -> Value {
        let script = "return document.querySelector(arguments[0])?.[arguments[1]] ?? null";
        self.script(script, vec![json!(css), json!(name)]).await
    }

    /// Waits until something is in the page.
    pub async fn until(&self, css: &str) {
        until(&format!("{css} to be there"), async || {
            if self.count(css).await > 0 { Ok(()) } else { Err(self.text("body").await) }
        })
        .await;
    }

    /// Waits until something is no longer in the page.
    pub async fn until_gone(&self, css: &str) {
        until(&format!("{css} to be gone"), async || match self.text(css).await {
            None => Ok(()),
            there => Err(there),
        })
        .await;
    }

    /// Waits until a CSS selector finds fewer than so many.
    pub async fn until_fewer(&self, css: &str, many: u64) {
        until(&format!("fewer than {many} {css}"), async || {
            if self.count(css).await < many { Ok(()) } else { Err(self.text("body").await) }
        })
        .await;
    }

    /// Waits until something says this; white space does not count.
    pub async fn until_says(&self, css: &str, part: &str) {
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        until(&format!("{css} to say {part}"), async || match self.text(css).await {
            Some(text) if squeezed(&text).contains(&squeezed(part)) => Ok(()),
            other => Err((other, self.text("body").await)),
        })
        .await;
    }

    /// Waits until the browser is at a page: its path and query.
    pub async fn until_at(&self, path: &str) {
        until(&format!("the browser to be at {path}"), async || {
            let at = self.at().await;
            if at == path { Ok(()) } else { Err((at, self.text("body").await)) }
        })
        .await;
    }

    /// Where the browser is: path and query at the console, the whole address elsewhere.
    pub async fn at(&self) -> String {
        let address = self.driver.current_url().await.map(|url| url.to_string()).unwrap_or_default();
        address.strip_prefix(&self.address("")).map(str::to_owned).unwrap_or(address)
    }

    /// Loads the page anew.
    pub async fn reload(&self) {
        self.driver.refresh().await.expect("the page can be loaded anew");
    }

    /// Opens a further tab and goes there.
    pub async fn new_tab(&self) {
        let tab = self.driver.new_tab().await.expect("a tab can be opened");
        self.driver.switch_to_window(tab).await.expect("a tab can be gone to");
        self.focus().await;
    }

    /// Goes to a tab, which are counted from 0 in the order they were opened.
    pub async fn tab(&self, at: usize) {
        let tabs = self.driver.windows().await.expect("the tabs can be counted");
        self.driver.switch_to_window(tabs[at].clone()).await.expect("a tab can be gone to");
    }

    /// The browser's forward button.
    pub async fn forward(&self) {
        self.driver.forward().await.expect("the browser can go forward");
    }

    /// The browser's back button.
    pub async fn back(&self) {
        self.driver.back().await.expect("the browser can go back");
    }

    /// Presses a key wherever the focus is.
    pub async fn key(&self, key: Key) {
        self.driver.action_chain().send_keys(key).perform().await.expect("a key can be pressed");
    }

    /// Types wherever the focus is, as an input method does.
    pub async fn types(&self, text: &str) {
        self.tool("Input.insertText", json!({ "text": text })).await;
    }

    /// What Chromium itself says of requests that are cut off is no fault.
    pub fn expects_outage(&self) {
        self.expects("net::ERR_BLOCKED_BY_CLIENT");
        self.expects("net::ERR_FAILED");
    }

    /// Lets no request through whose address fits one of these patterns, until told otherwise by an empty list.
    pub async fn cut_off(&self, patterns: &[&str]) {
        self.tool("Network.setBlockedURLs", json!({ "urls": patterns })).await;
    }

    /// Lets every answer wait so many milliseconds from now on.
    pub async fn slow_down(&self, latency: u32) {
        let slow = json!({ "offline": false, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.tool("Network.emulateNetworkConditions", slow).await;
    }

    /// Presses a button twice, faster than any answer comes.
    pub async fn press_twice(&self, css: &str) {
        let script = "const button = document.querySelector(arguments[0]); button.click(); button.click()";
        self.script(script, vec![json!(css)]).await;
    }
}
