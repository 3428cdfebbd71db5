//! The signing page, as a browser uses it.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails where it panics")]

mod support;

use serde_json::json;
use support::{MOBILE, PERSON, Stage, operator, stage};

/// A browser at a signing page.
struct Browser<'a> {
    stage: &'a Stage,
    url: String,
    cookie: String,
}

impl Browser<'_> {
    async fn get(&self, path: &str) -> (u16, String) {
        let (status, _, body) = self.fetch(path).await;
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    /// A part of the page: status, headers and bytes.
    async fn fetch(&self, path: &str) -> (u16, reqwest::header::HeaderMap, Vec<u8>) {
        let request = self.stage.client.http.get(format!("{}{path}", self.url)).header("Cookie", &self.cookie);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.headers().clone(), response.bytes().await.unwrap().to_vec())
    }

    /// The address without its host.
    fn path(&self) -> &str {
        self.url.strip_prefix(&self.stage.client.base).unwrap()
    }

    /// Through log-in and real name to the contract.
    async fn enter(&mut self) {
        self.post("login", "code=123456").await;
        self.post("realname", "").await;
    }

    async fn post(&mut self, path: &str, form: &'static str) -> (u16, String) {
        let request = self.stage.client.http.post(format!("{}/{path}", self.url)).header("Cookie", &self.cookie);
        let request = request.header("Content-Type", "application/x-www-form-urlencoded").body(form);
        let response = request.send().await.unwrap();
        if let Some(cookie) = response.headers().get("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
            cookie.split(';').next().unwrap().clone_into(&mut self.cookie);
        }
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

async fn browser<'a>(stage: &'a Stage, flow: &str) -> Browser<'a> {
    let (code, link) = stage.client.post(&format!("/v3/sign-flow/{flow}/sign-url"), operator()).await;
    assert_eq!(code, 0);
    Browser { stage, url: link["url"].as_str().unwrap().to_owned(), cookie: String::new() }
}

#[tokio::test]
async fn from_log_in_to_the_way_back() {
    let stage = stage().await;
    let receiver = support::Receiver::new(0).await;
    let flow = stage.client.started(Some(&receiver.url)).await;
    let mut browser = browser(&stage, &flow).await;
    let (status, page) = browser.get("").await;
    assert_eq!(status, 200);
    assert!(page.contains("沙箱") && page.contains("123456") && page.contains("138****8000"));
    assert!(!page.contains(MOBILE) && !page.contains("/pages/"), "nothing is shown before log-in");
    for part in ["/document.pdf", "/pages/1.png", "/seal.svg"] {
        assert_eq!(browser.get(part).await.0, 303, "{part}");
    }
    assert_eq!(browser.post("submit", "code=123456&certified=yes").await.0, 303);
    assert_eq!(browser.post("login", "code=000000").await.0, 422);
    assert_eq!(browser.post("login", "code=123456").await.0, 303);

    let (_, page) = browser.get("?lang=en").await;
    assert!(page.contains("Real-name verification") && page.contains(PERSON) && page.contains("1****************X"));
    assert_eq!(
        browser.post("submit", "code=123456&certified=yes").await.0,
        303,
        "not before the real name is verified"
    );
    assert_eq!(browser.post("realname", "").await.0, 303);

    let (_, page) = browser.get("").await;
    assert!(page.contains("/pages/3.png") && page.contains("value=\"150\"") && page.contains("某某科技有限公司"));
    let (status, document) = browser.get("/document.pdf").await;
    assert!(status == 200 && document.starts_with("%PDF-"));
    assert_eq!(document.matches("/ByteRange").count(), 1, "party B's seal is on it");

    for (form, problem) in [
        ("page=3&x=150&y=300&code=123456", "请勾选确认"),
        ("page=3&x=150&y=300&certified=yes&code=1", "验证码不正确"),
        ("page=3&x=left&y=300&certified=yes&code=123456", "须为数字"),
        ("page=3&x=NaN&y=300&certified=yes&code=123456", "完整位于页面内"),
        ("page=9&x=150&y=300&certified=yes&code=123456", "完整位于页面内"),
    ] {
        let (status, page) = browser.post("submit", form).await;
        assert!(status == 422 && page.contains(problem), "{form}: {page}");
    }
    assert_eq!(browser.post("submit", "page=2&x=160&y=310&certified=yes&code=123456").await.0, 303);
    let (_, page) = browser.get("").await;
    assert!(page.contains("签署成功"));
    let back = "http://127.0.0.1:9/contracts/1?from=sign&amp;tsignType=SIGN&amp;tsignCode=0&amp;tsignDes=";
    assert!(page.contains(&format!("content=\"3; url={back}")) && page.contains(&format!("signFlowId={flow}")));
    assert_eq!(stage.client.detail(&flow).await["signFlowStatus"], 2);
    let told = receiver.wait(4).await;
    assert_eq!(told.iter().filter(|told| told.starts_with("OPERATOR_READ")).count(), 1);
    let read = receiver.arrived().into_iter().find(|arrived| arrived.body["action"] == "OPERATOR_READ").unwrap();
    assert_eq!(read.body["readTime"].as_str().unwrap().len(), "2026-01-01 00:00:00".len());
    let (status, page) = browser.post("submit", "page=2&x=160&y=310&certified=yes&code=123456").await;
    assert!(status == 200 && page.contains("签署成功"), "a second submission shows the first one's outcome");
}

#[tokio::test]
async fn a_real_name_is_asked_for_once() {
    let stage = stage().await;
    let first = stage.client.started(None).await;
    stage.client.control("POST", &format!("flows/{first}/sign"), json!({})).await;
    let second = stage.client.started(None).await;
    let mut browser = browser(&stage, &second).await;
    browser.post("login", "code=123456").await;
    assert!(browser.get("").await.1.contains("/pages/1.png"));
}

#[tokio::test]
async fn declining_needs_a_reason() {
    let stage = stage().await;
    let flow = stage.client.started(None).await;
    let mut browser = browser(&stage, &flow).await;
    browser.post("login", "code=123456").await;
    browser.post("realname", "").await;
    assert_eq!(browser.post("decline", "reason=").await.0, 422);
    assert_eq!(browser.post("decline", "reason=%E4%B8%8D%E5%90%8C%E6%84%8F").await.0, 303);
    let (_, page) = browser.get("").await;
    assert!(page.contains("合同已拒签") && page.contains("tsignCode=2"));
    let detail = stage.client.detail(&flow).await;
    assert_eq!((&detail["signFlowStatus"], &detail["revokeReason"]), (&json!(7), &json!("不同意")));
}

#[tokio::test]
async fn ends_explain_themselves() {
    let stage = stage().await;
    let flow = stage.client.started(None).await;
    let browser = browser(&stage, &flow).await;
    stage.client.post(&format!("/v3/sign-flow/{flow}/revoke"), json!({})).await;
    let (status, page) = browser.get("").await;
    assert!(status == 200 && page.contains("合同已撤销") && !page.contains("http-equiv=\"refresh\""));
    let unknown = format!("{}/sign/nothing", stage.client.base);
    let response = stage.client.http.get(unknown).header("Accept-Language", "en").send().await.unwrap();
    assert!(response.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    assert_eq!(response.status(), 404);
    assert!(response.text().await.unwrap().contains("This link leads nowhere"));
    for (file, kind) in [("style.css", "text/css"), ("script.js", "text/javascript"), ("icon.svg", "image/svg+xml")] {
        let file = stage.client.http.get(format!("{}/sign/{file}", stage.client.base)).send().await.unwrap();
        assert!(file.headers()["content-type"].to_str().unwrap().starts_with(kind), "{kind}");
    }
}

#[tokio::test]
async fn every_page_is_seen_as_it_stands() {
    let stage = stage().await;
    let flow = stage.client.started(None).await;
    let mut browser = browser(&stage, &flow).await;
    browser.enter().await;
    let (_, page) = browser.get("").await;
    let (_, _, document) = browser.fetch("/document.pdf").await;
    for number in 1..=3 {
        assert!(page.contains(&format!("id=\"page-{number}\"")) && page.contains(&format!("第 {number} 页，共 3 页")));
        let (status, headers, picture) = browser.fetch(&format!("/pages/{number}.png?w=600")).await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "image/png"));
        assert!(picture == preview::page(&document, number, 600).unwrap(), "page {number} is another picture");
        assert_eq!(headers["cache-control"], "no-store", "an address that does not name the bytes");
    }
    let bare = preview::page(&support::pdf(), 3, 600).unwrap();
    let (_, _, sealed) = browser.fetch("/pages/3.png?w=600").await;
    assert_ne!(sealed, bare, "party B's seal is on it");
    let named = page.split("src=\"").find_map(|part| part.strip_prefix(browser.path())).unwrap();
    let (status, headers, _) = browser.fetch(named.split('"').next().unwrap()).await;
    assert_eq!((status, headers["cache-control"].to_str().unwrap()), (200, "private, max-age=3600, immutable"));
    for nothing in ["0.png", "4.png", "x.png", "1", "1.png?w=1", "1.png?w=x"] {
        assert_eq!(browser.fetch(&format!("/pages/{nothing}")).await.0, 404, "{nothing}");
    }
}

#[tokio::test]
async fn the_seal_and_the_area_for_it_are_shown() {
    let stage = stage().await;
    let flow = stage.client.started(None).await;
    let mut browser = browser(&stage, &flow).await;
    browser.enter().await;
    let (_, headers, seal) = browser.fetch("/seal.svg").await;
    assert_eq!(headers["content-type"], "image/svg+xml");
    assert!(seal.starts_with(b"<svg"));
    let (_, page) = browser.get("").await;
    // 113.4 points around (150, 300), measured from the upper edge.
    assert!(
        page.contains("<g class=\"area\"><rect x=\"93.30\" y=\"485.19\" width=\"113.4\" height=\"113.4\""),
        "{page}"
    );
    assert_eq!(page.matches("<g class=\"area\">").count(), 1);
    assert!(page.contains("data-movable=\"yes\"") && page.contains("data-placed=\"no\""));

    let (status, page) = browser.post("submit", "page=2&x=160.5&y=310&certified=yes&code=1").await;
    assert!(status == 422 && page.contains("data-problem=\"wrong-code\"") && page.contains("data-placed=\"yes\""));
    assert!(page.contains("value=\"2\"") && page.contains("value=\"160.5\"") && page.contains("value=\"310\""));
    let (status, page) = browser.post("submit", "page=2&x=%3Cb%3E&y=310&certified=yes&code=123456").await;
    assert!(status == 422 && page.contains("value=\"&lt;b&gt;\"") && !page.contains("<b>"), "what was typed is text");
}

#[tokio::test]
async fn a_fixed_seal_stays() {
    let stage = stage().await;
    let file = stage.client.upload().await;
    let mut body = support::enterprise(&file, None);
    body["signers"][1]["signFields"][0]["normalSignFieldConfig"]["movableSignField"] = json!(false);
    let flow = stage.client.create(body).await;
    stage.client.post(&format!("/v3/sign-flow/{flow}/start"), json!({})).await;
    let mut browser = browser(&stage, &flow).await;
    browser.enter().await;
    let (_, page) = browser.get("").await;
    assert!(page.contains("data-movable=\"no\"") && page.contains("data-placed=\"yes\""), "{page}");
    assert_eq!(page.matches("required readonly").count(), 3);
    let (status, page) = browser.post("submit", "page=2&x=160&y=310&certified=yes&code=123456").await;
    assert!(status == 422 && page.contains("印章位置不可移动"));
    assert_eq!(browser.post("submit", "certified=yes&code=123456").await.0, 303);
}

#[tokio::test]
async fn a_link_without_a_signer_only_shows() {
    let stage = stage().await;
    let flow = stage.client.started(None).await;
    let (code, link) = stage.client.post(&format!("/v3/sign-flow/{flow}/sign-url"), json!({})).await;
    assert_eq!(code, 0, "{link}");
    let browser = Browser { stage: &stage, url: link["url"].as_str().unwrap().to_owned(), cookie: String::new() };
    let (status, page) = browser.get("").await;
    assert!(status == 200 && page.contains("/pages/3.png") && !page.contains("<form"));
    assert_eq!((browser.get("/pages/3.png").await.0, browser.get("/seal.svg").await.0), (200, 404));
}

#[tokio::test]
async fn the_policy_holds_for_what_is_sent() {
    let stage = stage().await;
    let flow = stage.client.started(None).await;
    let mut browser = browser(&stage, &flow).await;
    browser.enter().await;
    let (_, headers, page) = browser.fetch("").await;
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("script-src 'self';") && policy.contains("style-src 'self';") && !policy.contains("unsafe")
    );
    let page = String::from_utf8(page).unwrap();
    assert_eq!(
        page.matches("<script").count(),
        page.matches("<script type=\"module\" src=\"/sign/script.js\">").count()
    );
    for inline in ["<style", " style=", " onclick=", "javascript:", "http://", "https://"] {
        assert!(!page.contains(inline), "{inline}");
    }
    assert!(!page.contains("{{") && !page.contains("}}"));
}
