//! All routes of the API, as the template declares them: a route that is added there is in the tables from then on. The console's pages
//! are no part of it.

use reqwest::Method;

const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// A route.
#[derive(Debug, Clone)]
pub struct Route {
    pub method: Method,
    /// With its parameters in braces.
    pub path: String,
    /// The scope that it asks for; none where it asks for no token.
    pub scope: Option<String>,
}

impl Route {
    /// The path with something in the place of its id; nothing where it has none.
    pub fn of(&self, id: &str) -> Option<String> {
        let (before, rest) = self.path.split_once('{')?;
        let (_, after) = rest.split_once('}')?;
        Some(format!("{before}{id}{}", after.replace("{page}", "1")))
    }

    pub fn is_for_staff(&self) -> bool {
        self.scope.as_deref() == Some("contracts/staff")
    }
}

/// All routes.
pub fn all() -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    let mut method = None;
    for line in TEMPLATE.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("Method: ") {
            method = Some(name.parse().expect("the template names methods"));
        } else if let Some(path) = line.strip_prefix("Path: ")
            && let Some(method) = method.take()
        {
            routes.push(Route { method, path: path.to_owned(), scope: None });
        } else if let (Some(scopes), Some(route)) = (line.strip_prefix("AuthorizationScopes: ["), routes.last_mut()) {
            route.scope = Some(scopes.trim_end_matches(']').to_owned());
        }
    }
    routes.retain(|route| route.path.starts_with("/v1/"));
    assert!(routes.len() > 20, "the template was not understood: {routes:#?}");
    let open: Vec<_> = routes.iter().filter(|route| route.scope.is_none()).map(|route| route.path.as_str()).collect();
    assert_eq!(open, ["/v1/esign/callback", "/v1/openapi.json"], "these routes ask for no token");
    routes
}
