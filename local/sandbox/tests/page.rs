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
        let request = self.stage.client.http.get(format!("{}{path}", self.url)).header("Cookie", &self.cookie);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned())
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
    assert!(!page.contains(MOBILE) && !page.contains("<iframe"), "nothing is shown before log-in");
    assert_eq!(browser.get("/document.pdf").await.0, 303);
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
    assert!(page.contains("<iframe") && page.contains("value=\"150\"") && page.contains("某某科技有限公司"));
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
    assert!(browser.get("").await.1.contains("<iframe"));
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
    let style = stage.client.http.get(format!("{}/sign/style.css", stage.client.base)).send().await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
}
