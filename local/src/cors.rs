//! Cross-origin requests, as API Gateway answers them by itself from the template's `CorsConfiguration`.

use crate::intrinsic::{References, Unresolved};
use crate::template::Template;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::Value;

/// Who may call from another origin, and with what.
#[derive(Debug, Clone, Default)]
pub struct Cors {
    origins: Vec<String>,
    methods: String,
    headers: String,
    exposed: String,
    max_age: String,
}

impl Cors {
    /// Reads the configuration of the template's HTTP API; without one nothing is allowed.
    pub fn read(template: &Template, references: &References) -> Result<Self, Unresolved> {
        let Some(configuration) = template
            .of_kind("AWS::Serverless::HttpApi")
            .find_map(|(_, properties)| properties.get("CorsConfiguration"))
        else {
            return Ok(Self::default());
        };
        let list = |name: &str| match configuration.get(name) {
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| references.text(&format!("CorsConfiguration.{name}"), item))
                .collect::<Result<Vec<_>, _>>(),
            _ => Ok(Vec::new()),
        };
        Ok(Self {
            origins: list("AllowOrigins")?,
            methods: list("AllowMethods")?.join(","),
            headers: list("AllowHeaders")?.join(","),
            exposed: list("ExposeHeaders")?.join(","),
            max_age: configuration.get("MaxAge").map(Value::to_string).unwrap_or_default(),
        })
    }

    /// The headers to add to the answer to a request from `origin`.
    pub fn answer(&self, origin: Option<&HeaderValue>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(origin) =
            origin.filter(|origin| self.origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()))
        {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            put(&mut headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, &self.exposed);
        }
        headers
    }

    /// The headers of the answer to a preflight request from `origin`.
    pub fn preflight(&self, origin: Option<&HeaderValue>) -> HeaderMap {
        let mut headers = self.answer(origin);
        if !headers.is_empty() {
            put(&mut headers, header::ACCESS_CONTROL_ALLOW_METHODS, &self.methods);
            put(&mut headers, header::ACCESS_CONTROL_ALLOW_HEADERS, &self.headers);
            put(&mut headers, header::ACCESS_CONTROL_MAX_AGE, &self.max_age);
        }
        headers
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Some(value) = HeaderValue::from_str(value).ok().filter(|value| !value.is_empty()) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cors() -> Cors {
        let template = Template::embedded().unwrap();
        let references = template.references(&crate::parameters::tests::given()).unwrap();
        Cors::read(&template, &references).unwrap()
    }

    #[test]
    fn the_consoles_origin_is_allowed_and_no_other() {
        let console = HeaderValue::from_static("http://127.0.0.1:8080");
        let headers = cors().preflight(Some(&console));
        assert_eq!(headers["access-control-allow-origin"], "http://127.0.0.1:8080");
        assert_eq!(headers["access-control-allow-methods"], "GET,POST,PUT,DELETE");
        assert_eq!(headers["access-control-max-age"], "600");
        assert_eq!(cors().answer(Some(&console))["access-control-expose-headers"], "retry-after");
        assert!(cors().preflight(Some(&HeaderValue::from_static("http://evil.example"))).is_empty());
        assert!(cors().answer(None).is_empty());
    }
}
