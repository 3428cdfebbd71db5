//! The signing page: SMS log-in, real name where it is not known yet, the contract, and the seal's place.
//!
//! It works without scripts. A browser that has logged in carries a cookie that is good for its own link only. What the page shows is the
//! very document that is signed.

use hyper::StatusCode;

use crate::callbacks;
use crate::flow::{Flow, FlowStatus, Signer, SignerStatus};
use crate::house::House;
use crate::identity;
use crate::links::Link;
use crate::signing::{self, Place, Unsigned, account};
use crate::state::{Bytes, Kind, Records, new_id};
use crate::templates::{Language, STYLE, Template, Value, escape, page};
use crate::wire::{Answer, Refusal, Request};

/// The code that every SMS would bring.
const SMS_CODE: &str = "123456";
/// The longest reason for declining, in characters.
const LONGEST_REASON: usize = 50;
/// Browsers that can be logged in through one link at once.
const MOST_SESSIONS: usize = 8;
/// No scripts at all, and nothing from other hosts.
const POLICY: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; object-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'self'";

/// Somebody at a signing page.
struct Visit<'a> {
    house: &'a House,
    records: &'a Records<'a>,
    language: Language,
    token: &'a str,
    link: Link,
    flow: Flow,
}

/// Answers a request below `/sign`.
pub(crate) fn answer(house: &House, path: &[&str], request: &Request) -> Result<Answer, Refusal> {
    let method = request.method.as_str();
    if (method, path) == ("GET", &["style.css"]) {
        return Ok(Answer::new(StatusCode::OK, "text/css; charset=utf-8", STYLE));
    }
    let Some((token, rest)) = path.split_first() else { return Err(Refusal::not_found()) };
    let language = Language::of(request);
    house.state.transact(|records| {
        let Some(link) = records.get::<Link>(Kind::Link, token)? else {
            return Ok(end(language, StatusCode::NOT_FOUND, "unknown", "", ""));
        };
        let flow = Flow::load(house, records, &link.flow)?;
        let mut visit = Visit { house, records, language, token, link, flow };
        let known = session(request).is_some_and(|session| visit.link.sessions.iter().any(|one| one == session));
        let admitted = known || !visit.link.need_login;
        match (method, rest) {
            ("GET", []) => visit.show(admitted, StatusCode::OK, ""),
            ("POST", ["login"]) => visit.log_in(request),
            ("GET", ["document.pdf"]) if admitted => visit.document(),
            ("POST", ["realname"]) if admitted => visit.verify(),
            ("POST", ["submit"]) if admitted => visit.submit(request),
            ("POST", ["decline"]) if admitted => visit.decline(request),
            ("GET", ["document.pdf"]) | ("POST", ["realname" | "submit" | "decline"]) => Ok(visit.back_to_page()),
            _ => Err(Refusal::not_found()),
        }
    })
}

/// The session that the browser shows.
fn session(request: &Request) -> Option<&str> {
    let mut cookies = request.header("cookie")?.split(';').filter_map(|cookie| cookie.trim().split_once('='));
    cookies.find(|(name, _)| *name == "sign_session").map(|(_, value)| value)
}

fn secured(status: StatusCode, body: String) -> Answer {
    Answer::html(status, body)
        .with("content-security-policy", POLICY)
        .with("referrer-policy", "no-referrer")
        .with("cache-control", "no-store")
        .with("x-content-type-options", "nosniff")
}

/// A page that only says how things stand. `back` and `head` are HTML made here.
fn end(language: Language, status: StatusCode, state: &str, back: &str, head: &str) -> Answer {
    let title = language.text(&format!("{state}-title")).to_owned();
    let values = [
        ("end-title", Value::Text(title.clone())),
        ("end-text", Value::Text(language.text(&format!("{state}-text")).to_owned())),
        ("back", Value::Html(back.to_owned())),
    ];
    secured(status, page(Template::End, language, &title, head, &values))
}

/// The middle of a number that others should not read.
fn masked(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let (head, tail) = if letters.len() == 11 { (3, 4) } else { (1, 1) };
    let hidden = letters.len().saturating_sub(head + tail);
    let start: String = letters.iter().take(head).collect();
    let finish: String = letters.iter().skip(head + hidden).collect();
    format!("{start}{}{finish}", "*".repeat(hidden))
}

fn notice(language: Language, key: &str) -> Value {
    if key.is_empty() {
        return Value::Html(String::new());
    }
    Value::Html(format!("<p class=\"notice\" role=\"alert\">{}</p>", escape(language.text(key))))
}

impl Visit<'_> {
    fn signer(&self) -> Option<&Signer> {
        self.flow.signers.get(self.link.signer?)
    }

    fn back_to_page(&self) -> Answer {
        Answer::redirect(&format!("/sign/{}?lang={}", self.token, self.language.tag()))
    }

    /// The page as the signer's next step wants it; `problem` is the key of what was wrong with the last one.
    fn show(&mut self, admitted: bool, status: StatusCode, problem: &str) -> Result<Answer, Refusal> {
        let waiting = match self.signer().map(|signer| signer.status) {
            Some(SignerStatus::Signed) => return Ok(self.farewell("signed", Some((0, "签署成功")))),
            Some(SignerStatus::Rejected) => return Ok(self.farewell("Rejected", Some((2, "拒签")))),
            Some(SignerStatus::Waiting) => true,
            _ => false,
        };
        if self.flow.status != FlowStatus::Signing {
            return Ok(self.farewell(&format!("{:?}", self.flow.status), None));
        }
        if waiting {
            return Ok(self.farewell("waiting", None));
        }
        let token = ("token", Value::Text(self.token.to_owned()));
        let title = ("flow-title", Value::Text(self.flow.title.clone()));
        let Some(signer) = self.signer().cloned() else {
            let html = page(Template::Preview, self.language, &self.flow.title, "", &[token, title]);
            return Ok(secured(status, html));
        };
        let person = signer.person.as_ref();
        let mobile = ("mobile", Value::Text(masked(person.map_or("", |person| &person.account))));
        let notice = ("notice", notice(self.language, problem));
        if !admitted {
            let html =
                page(Template::Login, self.language, self.language.text("login-title"), "", &[token, mobile, notice]);
            return Ok(secured(status, html));
        }
        if let Some(person) = person
            && !identity::is_verified(self.records, &person.subject())?
        {
            let number = person.number.as_deref().map(masked).unwrap_or_default();
            let values = [
                token,
                mobile,
                ("person-name", Value::Text(person.name.clone())),
                ("person-number", Value::Text(number)),
            ];
            let html = page(Template::RealName, self.language, self.language.text("realname-title"), "", &values);
            return Ok(secured(status, html));
        }
        self.read()?;
        let certify = if signer.organisation.is_some() { "certify-organisation" } else { "certify-person" };
        let field = signer.fields.first();
        let number = |of: fn(&crate::flow::Field) -> String| Value::Text(field.map(of).unwrap_or_default());
        let fixed = if field.is_some_and(|field| field.movable) { "" } else { "readonly" };
        let values = [
            token,
            title,
            notice,
            ("signer-name", Value::Text(signer.name().to_owned())),
            ("certify", Value::Text(self.language.text(certify).to_owned())),
            ("field-page", number(|field| field.page.to_string())),
            ("field-x", number(|field| field.x.to_string())),
            ("field-y", number(|field| field.y.to_string())),
            ("pages", Value::Text(self.pages(&signer)?.to_string())),
            ("fixed", Value::Html(fixed.to_owned())),
        ];
        Ok(secured(status, page(Template::Contract, self.language, &self.flow.title, "", &values)))
    }

    fn pages(&self, signer: &Signer) -> Result<usize, Refusal> {
        let Some(field) = signer.fields.first() else { return Ok(1) };
        let file = self.records.get::<crate::files::File>(Kind::File, &field.file)?;
        Ok(file.map_or(1, |file| file.pages.len()))
    }

    /// The last page, with the way back where there is one; after an act of the signer the browser goes there by itself.
    fn farewell(&self, state: &str, result: Option<(u8, &str)>) -> Answer {
        let address = self.link.redirect.as_ref().and_then(|redirect| {
            let mut url = reqwest::Url::parse(&redirect.url).ok()?;
            let (code, text) = result.unwrap_or((1, "无法签署"));
            url.query_pairs_mut()
                .append_pair("tsignType", "SIGN")
                .append_pair("tsignCode", &code.to_string())
                .append_pair("tsignDes", text)
                .append_pair("signFlowId", &self.flow.id);
            Some((escape(url.as_str()), redirect.delay_seconds))
        });
        let (back, head) = match address {
            None => (String::new(), String::new()),
            Some((url, delay)) => {
                let head = result.map(|_| format!("<meta http-equiv=\"refresh\" content=\"{delay}; url={url}\">"));
                let text = escape(self.language.text("back"));
                (format!("<p><a href=\"{url}\">{text}</a></p>"), head.unwrap_or_default())
            }
        };
        end(self.language, StatusCode::OK, state, &back, &head)
    }

    fn log_in(&mut self, request: &Request) -> Result<Answer, Refusal> {
        if request.field("code").as_deref().map(str::trim) != Some(SMS_CODE) {
            return self.show(false, StatusCode::UNPROCESSABLE_ENTITY, "wrong-code");
        }
        let session = new_id();
        if self.link.sessions.len() >= MOST_SESSIONS {
            self.link.sessions.remove(0);
        }
        self.link.sessions.push(session.clone());
        self.records.put(Kind::Link, self.token, &self.link)?;
        let cookie = format!("sign_session={session}; Path=/sign/{}; HttpOnly; SameSite=Lax", self.token);
        Ok(self.back_to_page().with("set-cookie", cookie))
    }

    fn document(&self) -> Result<Answer, Refusal> {
        let field = self.signer().and_then(|signer| signer.fields.first());
        let file = field.map(|field| &field.file).or(self.flow.docs.first().map(|doc| &doc.file));
        let key = self.flow.document_key(file.ok_or_else(Refusal::not_found)?);
        let bytes = self.records.get_bytes(Bytes::Document, &key)?.ok_or_else(Refusal::not_found)?;
        Ok(Answer::new(StatusCode::OK, "application/pdf", bytes)
            .with("content-disposition", "inline")
            .with("x-content-type-options", "nosniff")
            .with("cache-control", "no-store"))
    }

    fn verify(&self) -> Result<Answer, Refusal> {
        if let Some(person) = self.signer().and_then(|signer| signer.person.as_ref()) {
            identity::set_verified(self.records, &person.subject())?;
        }
        Ok(self.back_to_page())
    }

    /// The first time that a signer sees the document is told.
    fn read(&mut self) -> Result<(), Refusal> {
        let now = self.house.now();
        let Some(signer) = self.link.signer.and_then(|place| self.flow.signers.get_mut(place)) else { return Ok(()) };
        if signer.opened {
            return Ok(());
        }
        signer.opened = true;
        let local = jiff::tz::TimeZone::fixed(jiff::tz::offset(8)).to_datetime(now);
        let body = serde_json::json!({
            "action": "OPERATOR_READ",
            "timestamp": now.as_millisecond(),
            "signFlowId": self.flow.id,
            "customBizNum": signer.labels(),
            "signOrder": signer.order,
            "readTime": local.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            "operator": signer.person.as_ref().map(|person| {
                serde_json::json!({"psnId": person.id(), "psnAccount": account(&person.account)})
            }),
        });
        callbacks::enqueue(self.records, &self.flow, "OPERATOR_READ", &body)?;
        self.flow.save(self.records)
    }

    fn problem(&mut self, unsigned: Unsigned) -> Result<Answer, Refusal> {
        let key = match unsigned {
            Unsigned::Other(refusal) => return Err(refusal),
            Unsigned::NotYourTurn => "NotYourTurn",
            Unsigned::Fixed => "Fixed",
            Unsigned::OffPage => "OffPage",
        };
        self.show(true, StatusCode::UNPROCESSABLE_ENTITY, key)
    }

    fn submit(&mut self, request: &Request) -> Result<Answer, Refusal> {
        let Some(place) = self.link.signer else { return Err(Refusal::not_found()) };
        let refused = StatusCode::UNPROCESSABLE_ENTITY;
        if let Some(person) = self.signer().and_then(|signer| signer.person.as_ref())
            && !identity::is_verified(self.records, &person.subject())?
        {
            return Ok(self.back_to_page());
        }
        if request.field("certified").as_deref() != Some("yes") {
            return self.show(true, refused, "not-certified");
        }
        if request.field("code").as_deref().map(str::trim) != Some(SMS_CODE) {
            return self.show(true, refused, "wrong-code");
        }
        let given = |key| request.field(key).filter(|text| !text.is_empty());
        let page = given("page").map(|text| text.parse::<u32>()).transpose();
        let number = |key| given(key).map(|text| text.parse::<f64>()).transpose();
        let (Ok(page), Ok(x), Ok(y)) = (page, number("x"), number("y")) else {
            return self.show(true, refused, "not-a-number");
        };
        match signing::sign(self.house, self.records, &mut self.flow, place, Place { page, x, y }, None) {
            Ok(()) => Ok(self.back_to_page()),
            Err(unsigned) => self.problem(unsigned),
        }
    }

    fn decline(&mut self, request: &Request) -> Result<Answer, Refusal> {
        let Some(place) = self.link.signer else { return Err(Refusal::not_found()) };
        let reason = request.field("reason").unwrap_or_default();
        if reason.trim().is_empty() || reason.chars().count() > LONGEST_REASON {
            return self.show(true, StatusCode::UNPROCESSABLE_ENTITY, "reason-missing");
        }
        match signing::decline(self.house, self.records, &mut self.flow, place, &reason) {
            Ok(()) => Ok(self.back_to_page()),
            Err(unsigned) => self.problem(unsigned),
        }
    }
}
