//! Which route of the HTTP API a request takes, by the rules of API Gateway.
//!
//! A literal segment wins over a parameter; a wrong method finds no route, as if the path were unknown; a slash at the end is another path.

use crate::wiring::Route;
use std::collections::BTreeMap;

/// The routes, ready to be searched.
#[derive(Debug)]
pub struct Router(Vec<(Vec<Segment>, Route)>);

#[derive(Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter(String),
}

/// A route with the values its parameters have in the request's path, percent-decoded.
#[derive(Debug)]
pub struct Match<'a> {
    /// The route.
    pub route: &'a Route,
    /// Parameter values by name.
    pub parameters: BTreeMap<String, String>,
}

impl Router {
    /// Prepares the routes.
    pub fn new(routes: Vec<Route>) -> Self {
        Self(routes.into_iter().map(|route| (segments(&route.path), route)).collect())
    }

    /// The route for a method in capitals and a path as it was sent, without its query.
    pub fn find(&self, method: &str, path: &str) -> Option<Match<'_>> {
        let sent: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let (template, route) =
            self.0.iter().filter(|(template, route)| route.method == method && fits(template, &sent)).max_by_key(
                |(template, _)| template.iter().map(|part| matches!(part, Segment::Literal(_))).collect::<Vec<_>>(),
            )?;
        let parameters = template
            .iter()
            .zip(&sent)
            .filter_map(|(part, value)| match part {
                Segment::Parameter(name) => Some((name.clone(), percent_decoded(value))),
                Segment::Literal(_) => None,
            })
            .collect();
        Some(Match { route, parameters })
    }
}

fn segments(path: &str) -> Vec<Segment> {
    path.trim_start_matches('/')
        .split('/')
        .map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => Segment::Parameter(name.to_owned()),
            None => Segment::Literal(part.to_owned()),
        })
        .collect()
}

fn fits(template: &[Segment], sent: &[&str]) -> bool {
    template.len() == sent.len()
        && template.iter().zip(sent).all(|(part, value)| match part {
            Segment::Literal(literal) => literal == value,
            Segment::Parameter(_) => !value.is_empty(),
        })
}

/// Percent-decoding; what is no valid escape stays, what is no UTF-8 becomes U+FFFD.
pub fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        match (byte, ahead.next().and_then(hex_value), ahead.next().and_then(hex_value)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high * 16 + low);
                bytes = ahead;
            }
            _ => decoded.push(byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hex_value(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router() -> Router {
        let route = |method: &str, path: &str| Route {
            method: method.to_owned(),
            path: path.to_owned(),
            function: path.to_owned(),
            scopes: None,
        };
        Router::new(vec![
            route("GET", "/v1/contracts/{id}"),
            route("GET", "/v1/contracts"),
            route("POST", "/v1/staff/contracts/{id}"),
            route("POST", "/v1/staff/contracts/search"),
            route("PUT", "/v1/staff/customers/{customerId}/identity"),
        ])
    }

    #[test]
    fn a_literal_wins_over_a_parameter() {
        let router = router();
        let search = router.find("POST", "/v1/staff/contracts/search").unwrap();
        assert_eq!(search.route.path, "/v1/staff/contracts/search");
        let one = router.find("POST", "/v1/staff/contracts/searches").unwrap();
        assert_eq!(one.parameters["id"], "searches");
    }

    #[test]
    fn parameters_are_decoded() {
        let router = router();
        let found = router.find("PUT", "/v1/staff/customers/a%2Fb%20%E4%B8%AD%zz/identity").unwrap();
        assert_eq!(found.parameters["customerId"], "a/b 中%zz");
    }

    #[test]
    fn other_methods_paths_and_slashes_find_nothing() {
        let router = router();
        for (method, path) in [
            ("DELETE", "/v1/contracts"),
            ("HEAD", "/v1/contracts"),
            ("GET", "/v1/contracts/"),
            ("GET", "/v1/contracts/a/b"),
            ("GET", "/V1/contracts"),
            ("GET", "//v1/contracts"),
            ("GET", "/"),
            ("GET", "*"),
        ] {
            assert!(router.find(method, path).is_none(), "{method} {path}");
        }
    }
}
