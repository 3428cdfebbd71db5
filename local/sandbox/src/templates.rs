//! The signing page's HTML: templates and texts as files, put together with everything escaped that came from outside.

use crate::wire::Request;

pub(crate) const STYLE: &str = include_str!("page/style.css");
pub(crate) const SCRIPT: &str = include_str!("page/script.js");
const LAYOUT: &str = include_str!("page/layout.html");

#[derive(Debug, Clone, Copy)]
pub(crate) enum Template {
    Login,
    RealName,
    Contract,
    Preview,
    End,
}

impl Template {
    fn source(self) -> &'static str {
        match self {
            Template::Login => include_str!("page/login.html"),
            Template::RealName => include_str!("page/realname.html"),
            Template::Contract => include_str!("page/contract.html"),
            Template::Preview => include_str!("page/preview.html"),
            Template::End => include_str!("page/end.html"),
        }
    }
}

/// The language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Chinese,
    English,
}

impl Language {
    /// What the address asks for, else what the browser prefers, else Chinese.
    pub(crate) fn of(request: &Request) -> Language {
        let asked = request.parameter("lang");
        let wanted = asked.as_deref().or_else(|| request.header("accept-language")).unwrap_or_default();
        if wanted.trim_start().to_ascii_lowercase().starts_with("en") { Language::English } else { Language::Chinese }
    }

    pub(crate) fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    /// A text by its key; a key without a text shows itself, which tests look for.
    pub(crate) fn text(self, key: &str) -> &str {
        let texts = match self {
            Language::Chinese => include_str!("page/zh.txt"),
            Language::English => include_str!("page/en.txt"),
        };
        let mut entries = texts.lines().filter_map(|line| line.split_once(" = "));
        entries.find(|(known, _)| *known == key).map_or(key, |(_, text)| text)
    }
}

/// A value for a place in a template.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Text, which is escaped.
    Text(String),
    /// HTML made here.
    Html(String),
}

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Fills a template: a place takes the value of its name, or else the language's text of that name.
fn fill(source: &str, language: Language, values: &[(&str, Value)]) -> String {
    let mut filled = String::with_capacity(source.len() * 2);
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once("}}") else {
            rest = after;
            break;
        };
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, Value::Text(text))) => filled.push_str(&escape(text)),
            Some((_, Value::Html(html))) => filled.push_str(html),
            None => filled.push_str(&escape(language.text(name))),
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

/// A whole page. `head` is HTML for the head, made here.
pub(crate) fn page(
    template: Template,
    language: Language,
    title: &str,
    head: &str,
    values: &[(&str, Value)],
) -> String {
    let mut values = values.to_vec();
    values.push(("lang", Value::Text(language.tag().to_owned())));
    let body = fill(template.source(), language, &values);
    let frame = [
        ("lang", Value::Text(language.tag().to_owned())),
        ("title", Value::Text(title.to_owned())),
        ("head", Value::Html(head.to_owned())),
        ("body", Value::Html(body)),
    ];
    fill(LAYOUT, language, &frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_escaped() {
        let values = [("name", Value::Text("<b>\"{{lang}}\"".to_owned()))];
        assert_eq!(fill("a {{name}} {{log-in}}", Language::English, &values), "a &lt;b&gt;&quot;{{lang}}&quot; Log in");
    }

    #[test]
    fn both_languages_have_the_same_texts() {
        let keys =
            |texts: &'static str| texts.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect::<Vec<_>>();
        assert_eq!(keys(include_str!("page/zh.txt")), keys(include_str!("page/en.txt")));
    }
}
