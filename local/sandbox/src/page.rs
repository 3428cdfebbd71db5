//! The signing page: SMS log-in, real name where it is not known yet, the contract, and the seal's place.
//!
//! It works without scripts; with them the seal is dragged to its place. A browser that has logged in carries a cookie that is good for its own
//! link only. What the page shows is the very document that is signed.

mod contract;

use hyper::StatusCode;
use preview::NoPicture;

use crate::callbacks;
use crate::flow::{Flow, FlowStatus, Signer, SignerStatus};
use crate::house::House;
use crate::identity;
use crate::links::Link;
use crate::pictures;
use crate::signing::{self, Place, Unsigned, account};
use crate::state::{Bytes, Kind, Records, new_id};
use crate::templates::{Language, SCRIPT, STYLE, Template, Value, escape, page};
use crate::wire::{Answer, Refusal, Request};

/// The code that every SMS would bring.
const SMS_CODE: &str = "123456";
/// The longest reason for declining, in characters.
const LONGEST_REASON: usize = 50;
/// Browsers that can be logged in through one link at once.
const MOST_SESSIONS: usize = 8;
/// The width of a page's picture where none is asked for, in pixels.
const PICTURE_WIDTH: u16 = 1200;
/// How long a browser may keep a picture whose address names the document's bytes.
const KEPT: &str = "private, max-age=3600, immutable";
/// Script and style are files of the sandbox's own, and nothing comes from other hosts.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// Somebody at a signing page.
struct Visit<'a> {
    house: &'a House,
    records: &'a Records<'a>,
    request: &'a Request,
    language: Language,
    token: &'a str,
    link: Link,
    flow: Flow,
    /// The browser has logged in, where the link asks for it.
    admitted: bool,
}

/// Answers a request below `/sign`.
pub(crate) fn answer(house: &House, path: &[&str], request: &Request) -> Result<Answer, Refusal> {
    let method = request.method.as_str();
    match (method, path) {
        ("GET", ["style.css"]) => return Ok(Answer::new(StatusCode::OK, "text/css; charset=utf-8", STYLE)),
        ("GET", ["script.js"]) => return Ok(Answer::new(StatusCode::OK, "text/javascript; charset=utf-8", SCRIPT)),
        ("GET", ["icon.svg"]) => {
            return Ok(Answer::new(StatusCode::OK, "image/svg+xml", seals::SealArt::nameless().to_svg()));
        }
        ("GET", [token, "pages", name]) => return picture(house, token, name, request),
        _ => {}
    }
    let Some((token, rest)) = path.split_first() else { return Err(Refusal::not_found()) };
    house.state.transact(|records| {
        let Some(mut visit) = Visit::begin(house, records, token, request)? else {
            return Ok(end(Language::of(request), StatusCode::NOT_FOUND, "unknown", "", ""));
        };
        match (method, rest) {
            ("GET", []) => visit.show(StatusCode::OK, ""),
            ("POST", ["login"]) => visit.log_in(),
            ("GET", ["document.pdf"]) if visit.admitted => visit.pdf(),
            ("GET", ["seal.svg"]) if visit.admitted => visit.seal(),
            ("POST", ["realname"]) if visit.admitted => visit.verify(),
            ("POST", ["submit"]) if visit.admitted => visit.submit(),
            ("POST", ["decline"]) if visit.admitted => visit.decline(),
            ("GET", ["document.pdf" | "seal.svg"]) | ("POST", ["realname" | "submit" | "decline"]) => {
                Ok(visit.back_to_page())
            }
            _ => Err(Refusal::not_found()),
        }
    })
}

/// A page of the document as a picture, `1.png`. It is drawn outside the transaction, for which nobody else has to wait then.
fn picture(house: &House, token: &str, name: &str, request: &Request) -> Result<Answer, Refusal> {
    let page = name.strip_suffix(".png").and_then(|number| number.parse().ok()).ok_or_else(Refusal::not_found)?;
    let width = request.parameter("w").map_or(Ok(PICTURE_WIDTH), |text| text.parse());
    let width = width.map_err(|_| Refusal::not_found())?;
    let document = house.state.transact(|records| match Visit::begin(house, records, token, request)? {
        Some(visit) if visit.admitted => visit.document().map(Ok),
        Some(visit) => Ok(Err(visit.back_to_page())),
        None => Err(Refusal::not_found()),
    })?;
    let document = match document {
        Ok(document) => document,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let digest = pictures::digest(&document);
    let picture = house.pictures.draw(&document, &digest, page, width).map_err(|why| match why {
        NoPicture::Unreadable(unreadable) => Refusal::Broken(unreadable.to_string()),
        NoPicture::NoSuchPage | NoPicture::Width => Refusal::not_found(),
    })?;
    let keep = if request.parameter("v") == Some(digest) { KEPT } else { "no-store" };
    Ok(guarded(Answer::new(StatusCode::OK, "image/png", picture), keep))
}

/// The session that the browser shows.
fn session(request: &Request) -> Option<&str> {
    let mut cookies = request.header("cookie")?.split(';').filter_map(|cookie| cookie.trim().split_once('='));
    cookies.find(|(name, _)| *name == "sign_session").map(|(_, value)| value)
}

fn guarded(answer: Answer, keep: &str) -> Answer {
    answer
        .with("content-security-policy", POLICY)
        .with("referrer-policy", "no-referrer")
        .with("cache-control", keep)
        .with("x-content-type-options", "nosniff")
}

fn secured(status: StatusCode, body: String) -> Answer {
    guarded(Answer::html(status, body), "no-store")
}

/// A page that only says how things stand. `ways` and `head` are HTML made here.
fn end(language: Language, status: StatusCode, state: &str, ways: &str, head: &str) -> Answer {
    let title = language.text(&format!("{state}-title")).to_owned();
    let mood = match state {
        "signed" | "Completed" => "good",
        "waiting" | "Draft" => "plain",
        _ => "bad",
    };
    let values = [
        ("mood", Value::Text(mood.to_owned())),
        ("end-title", Value::Text(title.clone())),
        ("end-text", Value::Text(language.text(&format!("{state}-text")).to_owned())),
        ("ways", Value::Html(ways.to_owned())),
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

/// How far the signer is on the way: `now` of three steps.
fn steps(language: Language, now: usize) -> Value {
    let items = ["step-login", "step-realname", "step-sign"].iter().enumerate().map(|(step, key)| {
        let current = if step == now { " aria-current=\"step\"" } else { "" };
        let done = if step < now { " class=\"done\"" } else { "" };
        format!("<li{current}{done}>{}</li>", escape(language.text(key)))
    });
    Value::Html(format!("<ol class=\"steps\">{}</ol>", items.collect::<String>()))
}

impl<'a> Visit<'a> {
    /// Whoever follows a link; nothing where there is no such link.
    fn begin(
        house: &'a House,
        records: &'a Records<'a>,
        token: &'a str,
        request: &'a Request,
    ) -> Result<Option<Self>, Refusal> {
        let Some(link) = records.get::<Link>(Kind::Link, token)? else { return Ok(None) };
        let flow = Flow::load(house, records, &link.flow)?;
        let known = session(request).is_some_and(|session| link.sessions.iter().any(|one| one == session));
        let admitted = known || !link.need_login;
        Ok(Some(Self { house, records, request, language: Language::of(request), token, link, flow, admitted }))
    }

    fn signer(&self) -> Option<&Signer> {
        self.flow.signers.get(self.link.signer?)
    }

    fn back_to_page(&self) -> Answer {
        Answer::redirect(&format!("/sign/{}?lang={}", self.token, self.language.tag()))
    }

    /// The page as the signer's next step wants it; `problem` is the key of what was wrong with the last one.
    fn show(&mut self, status: StatusCode, problem: &str) -> Result<Answer, Refusal> {
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
        let Some(signer) = self.signer().cloned() else {
            let title = ("flow-title", Value::Text(self.flow.title.clone()));
            let sheets = ("sheets", Value::Html(self.sheets(None)?));
            let html = page(Template::Preview, self.language, &self.flow.title, "", &[token, title, sheets]);
            return Ok(secured(status, html));
        };
        let person = signer.person.as_ref();
        let mobile = ("mobile", Value::Text(masked(person.map_or("", |person| &person.account))));
        let notice = ("notice", notice(self.language, problem));
        let frame = |template, title, values: &[(&str, Value)]| {
            secured(status, page(template, self.language, self.language.text(title), "", values))
        };
        if !self.admitted {
            let steps = ("steps", steps(self.language, 0));
            return Ok(frame(Template::Login, "login-title", &[token, mobile, notice, steps]));
        }
        if let Some(person) = person
            && !identity::is_verified(self.records, &person.subject())?
        {
            let number = person.number.as_deref().map(masked).unwrap_or_default();
            let values = [
                token,
                mobile,
                ("steps", steps(self.language, 1)),
                ("person-name", Value::Text(person.name.clone())),
                ("person-number", Value::Text(number)),
            ];
            return Ok(frame(Template::RealName, "realname-title", &values));
        }
        self.read()?;
        let values = self.contract(&signer, problem)?;
        Ok(secured(status, page(Template::Contract, self.language, &self.flow.title, "", &values)))
    }

    /// The last page, with the document and the way back where there is one; after an act of the signer the browser goes there by itself.
    fn farewell(&self, state: &str, result: Option<(u8, &str)>) -> Answer {
        let text = |key| escape(self.language.text(key));
        let mut ways = String::new();
        let mut head = String::new();
        if let Some((url, delay)) = self.way_back(result) {
            let url = escape(&url);
            if result.is_some() {
                head = format!("<meta http-equiv=\"refresh\" content=\"{delay}; url={url}\">");
                let soon = text("back-soon").replace("{seconds}", &delay.to_string());
                ways = format!("<p class=\"muted\">{soon}</p>");
            }
            ways = format!("{ways}<p><a class=\"button\" href=\"{url}\">{}</a></p>", text("back"));
        }
        if self.admitted && self.signer().is_some_and(|signer| signer.status == SignerStatus::Signed) {
            let (token, open) = (self.token, text("open-document"));
            let link = format!("<a href=\"/sign/{token}/document.pdf\" target=\"_blank\" rel=\"noopener\">{open}</a>");
            ways = format!("{ways}<p>{link}</p>");
        }
        end(self.language, StatusCode::OK, state, &ways, &head)
    }

    /// Where the browser goes afterwards, and after how many seconds.
    fn way_back(&self, result: Option<(u8, &str)>) -> Option<(String, i64)> {
        let redirect = self.link.redirect.as_ref()?;
        let mut url = reqwest::Url::parse(&redirect.url).ok()?;
        let (code, text) = result.unwrap_or((1, "无法签署"));
        url.query_pairs_mut()
            .append_pair("tsignType", "SIGN")
            .append_pair("tsignCode", &code.to_string())
            .append_pair("tsignDes", text)
            .append_pair("signFlowId", &self.flow.id);
        Some((url.into(), redirect.delay_seconds))
    }

    fn log_in(&mut self) -> Result<Answer, Refusal> {
        if self.request.field("code").as_deref().map(str::trim) != Some(SMS_CODE) {
            self.admitted = false;
            return self.show(StatusCode::UNPROCESSABLE_ENTITY, "wrong-code");
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

    /// The document as it stands, with the seals that are on it.
    fn document(&self) -> Result<Vec<u8>, Refusal> {
        let field = self.signer().and_then(|signer| signer.fields.first());
        let file = field.map(|field| &field.file).or(self.flow.docs.first().map(|doc| &doc.file));
        let key = self.flow.document_key(file.ok_or_else(Refusal::not_found)?);
        self.records.get_bytes(Bytes::Document, &key)?.ok_or_else(Refusal::not_found)
    }

    fn pdf(&self) -> Result<Answer, Refusal> {
        Ok(Answer::new(StatusCode::OK, "application/pdf", self.document()?)
            .with("content-disposition", "inline")
            .with("x-content-type-options", "nosniff")
            .with("cache-control", "no-store"))
    }

    /// The signer's own seal, as it will stand in the document.
    fn seal(&self) -> Result<Answer, Refusal> {
        let signer = self.signer().ok_or_else(Refusal::not_found)?;
        let picture = self.house.notary.seal_svg(&signing::signatory(signer)).map_err(Refusal::Broken)?;
        Ok(guarded(Answer::new(StatusCode::OK, "image/svg+xml", picture), KEPT))
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
        self.show(StatusCode::UNPROCESSABLE_ENTITY, key)
    }

    fn submit(&mut self) -> Result<Answer, Refusal> {
        let Some(place) = self.link.signer else { return Err(Refusal::not_found()) };
        let refused = StatusCode::UNPROCESSABLE_ENTITY;
        if let Some(person) = self.signer().and_then(|signer| signer.person.as_ref())
            && !identity::is_verified(self.records, &person.subject())?
        {
            return Ok(self.back_to_page());
        }
        let request = self.request;
        if request.field("certified").as_deref() != Some("yes") {
            return self.show(refused, "not-certified");
        }
        if request.field("code").as_deref().map(str::trim) != Some(SMS_CODE) {
            return self.show(refused, "wrong-code");
        }
        let given = |key| request.field(key).filter(|text| !text.is_empty());
        let page = given("page").map(|text| text.parse::<u32>()).transpose();
        let number = |key| given(key).map(|text| text.parse::<f64>()).transpose();
        let (Ok(page), Ok(x), Ok(y)) = (page, number("x"), number("y")) else {
            return self.show(refused, "not-a-number");
        };
        match signing::sign(self.house, self.records, &mut self.flow, place, Place { page, x, y }, None) {
            Ok(()) => Ok(self.back_to_page()),
            Err(unsigned) => self.problem(unsigned),
        }
    }

    fn decline(&mut self) -> Result<Answer, Refusal> {
        let Some(place) = self.link.signer else { return Err(Refusal::not_found()) };
        let reason = self.request.field("reason").unwrap_or_default();
        if reason.trim().is_empty() || reason.chars().count() > LONGEST_REASON {
            return self.show(StatusCode::UNPROCESSABLE_ENTITY, "reason-missing");
        }
        match signing::decline(self.house, self.records, &mut self.flow, place, &reason) {
            Ok(()) => Ok(self.back_to_page()),
            Err(unsigned) => self.problem(unsigned),
        }
    }
}
