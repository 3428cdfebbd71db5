//! The plain pages of the local stack: where everything is, log-in, mail.

use crate::customers::Account;
use crate::log_in::Authorization;
use crate::mail::Mail;
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use std::fmt::Write as _;

const STYLE: &str = "
:root { color-scheme: light dark; --surface: #fff; --raised: #f6f7f9; --text: #1d2129; --muted: #5c6470; --line: #dfe3e8; --accent: #1554d1 }
@media (prefers-color-scheme: dark) {
  :root { --surface: #16181d; --raised: #1e2127; --text: #e6e8ec; --muted: #a0a7b3; --line: #33373f; --accent: #8ab1ff } }
* { box-sizing: border-box }
body { margin: 0; background: var(--surface); color: var(--text);
  font: 14px/1.6 system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif }
main { max-width: 960px; margin: 0 auto; padding: 32px 16px }
h1 { font-size: 20px; margin: 0 0 16px } h2 { font-size: 16px; margin: 24px 0 8px }
a { color: var(--accent) } .muted { color: var(--muted) }
button, input { font: inherit; padding: 4px 12px; border-radius: 6px; border: 1px solid var(--line); background: var(--raised); color: inherit }
li, article { margin: 0 0 12px } ul { padding: 0; list-style: none }
article { border: 1px solid var(--line); border-radius: 6px; padding: 12px 16px }
pre { background: var(--raised); border-radius: 6px; padding: 12px; margin: 8px 0; white-space: pre-wrap; overflow-wrap: anywhere }
";

fn page(title: &str, body: &str) -> Response<Body> {
    let text = format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title} · Countersign</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{body}</main>\n</body>\n</html>\n"
    );
    let mut answer = Response::new(Body::from(text));
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
        ),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// Text in HTML, in attributes too.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// What is where.
pub fn overview(sandbox: &str) -> Response<Body> {
    let sandbox = escaped(sandbox);
    page(
        "Countersign 本地环境 · local stack",
        &format!(
            "<ul>\n\
             <li><a href=\"/\">控制台 · Console</a><br><span class=\"muted\">客户与商务人员的页面 · pages for customers and staff</span></li>\n\
             <li><a href=\"/dev/login\">访问令牌 · Access tokens</a><br><span class=\"muted\">以示例客户或商务人员调用接口 · call the API as a ready customer or staff</span></li>\n\
             <li><a href=\"/dev/mail\">邮件 · Mail</a><br><span class=\"muted\">系统发出的邮件 · what was mailed</span></li>\n\
             <li><a href=\"/v1/openapi.json\">接口文档 · OpenAPI</a><br><span class=\"muted\">接口地址以 /v1 开头 · the API is under /v1</span></li>\n\
             <li><a href=\"{sandbox}\">e签宝沙箱 · e签宝 sandbox</a><br><span class=\"muted\">短信验证码一律为 123456 · the SMS code is always 123456</span></li>\n\
             </ul>\n"
        ),
    )
}

/// The accounts one can log in as.
pub fn accounts(accounts: &[Account]) -> Response<Body> {
    let mut body = String::from("<ul>\n");
    for account in accounts {
        let (chinese, english) = account.title;
        let _ = writeln!(
            body,
            "<li><a href=\"/dev/login?as={}\">{}</a><br><span class=\"muted\">{} · {} · {}</span></li>",
            escaped(account.id),
            escaped(chinese),
            escaped(english),
            escaped(account.id),
            escaped(account.scope),
        );
    }
    body.push_str("</ul>\n<p class=\"muted\">其他账号：POST /dev/token · for other accounts: POST /dev/token {customerId, scope}</p>\n");
    page("登录 · Log in", &body)
}

/// Who one can be, for the console's log-in. The choice leads back here with what came with the request.
pub fn choice(accounts: &[Account], request: &Authorization) -> Response<Body> {
    let sent = [
        ("client_id", &request.client_id),
        ("redirect_uri", &request.redirect_uri),
        ("response_type", &request.response_type),
        ("state", &request.state),
        ("code_challenge", &request.code_challenge),
        ("code_challenge_method", &request.code_challenge_method),
    ];
    let mut hidden = String::new();
    for (name, value) in sent {
        if let Some(value) = value {
            let _ = write!(hidden, "<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value));
        }
    }
    let mut body = String::from("<p class=\"muted\">选择以谁的身份登录 · choose who to log in as</p>\n<ul>\n");
    for account in accounts {
        let (chinese, english) = account.title;
        let _ = writeln!(
            body,
            "<li><form action=\"/dev/issuer/authorize\">{hidden}<button name=\"as\" value=\"{}\">{}</button><br>\
             <span class=\"muted\">{} · {}</span></form></li>",
            escaped(account.id),
            escaped(chinese),
            escaped(english),
            escaped(account.id),
        );
    }
    let _ = writeln!(
        body,
        "</ul>\n<h2>其他账号 · another account</h2>\n<form action=\"/dev/issuer/authorize\">{hidden}\
         <p><label>账号 · account<br><input name=\"as\" maxlength=\"128\" required></label></p>\
         <p><label><input type=\"checkbox\" name=\"staff\" value=\"yes\"> 商务人员 · staff</label></p>\
         <p><button>登录 · Log in</button></p></form>"
    );
    page("登录 · Log in", &body)
}

/// To another address.
pub fn redirect(address: &str) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(address) = HeaderValue::from_str(address) {
        answer.headers_mut().insert(header::LOCATION, address);
    }
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// A token for one account, and how to use it.
pub fn logged_in(account: &Account, token: &str, gateway: &str) -> Response<Body> {
    let path = if account.scope == crate::customers::STAFF_SCOPE { "/v1/staff/enquiries" } else { "/v1/eligibility" };
    let body = format!(
        "<p>{} · {}</p>\n<h2>访问令牌 · Access token</h2>\n<pre>{token}</pre>\n<h2>试一试 · Try it</h2>\n\
         <pre>curl -H \"Authorization: Bearer {token}\" {}{path}</pre>\n<p><a href=\"/dev/login\">换一个账号 · another account</a></p>\n",
        escaped(account.title.0),
        escaped(account.id),
        escaped(gateway),
    );
    page("已登录 · Logged in", &body)
}

/// The mails, newest first.
pub fn mails(mails: &[Mail]) -> Response<Body> {
    let mut body = String::new();
    for mail in mails.iter().rev() {
        let _ = writeln!(
            body,
            "<article><strong>{}</strong><br><span class=\"muted\">{} → {} · {}</span><pre>{}</pre></article>",
            escaped(&mail.subject),
            escaped(&mail.from),
            escaped(&mail.to.join(", ")),
            escaped(&mail.date),
            escaped(&mail.text),
        );
    }
    if mails.is_empty() {
        body.push_str("<p class=\"muted\">还没有邮件 · no mail yet</p>\n");
    }
    page("邮件 · Mail", &body)
}

/// An answer in JSON.
pub fn json(status: StatusCode, value: &impl serde::Serialize) -> Response<Body> {
    let (status, text) = match serde_json::to_string(value) {
        Ok(text) => (status, text),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "{}".to_owned()),
    };
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    #[tokio::test]
    async fn what_was_mailed_cannot_become_markup() {
        let mail = Mail {
            from: "a@x".to_owned(),
            to: vec!["b@x".to_owned()],
            subject: "<script>alert('1')</script>".to_owned(),
            text: "a & b".to_owned(),
            message_id: String::new(),
            date: String::new(),
        };
        let page = mails(&[mail]).into_body().collect().await.unwrap().to_bytes();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert!(page.contains("&lt;script&gt;alert(&#39;1&#39;)") && page.contains("a &amp; b"), "{page}");
        assert!(!page.contains("<script>"));
    }
}
