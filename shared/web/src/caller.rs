//! Who calls, as the gateway's JWT authorizer says, and what the path names.

use std::future::Future;

use contract::{Actor, ActorKind, Contract, ContractId, CustomerId, Origin};
use lambda_http::{RequestExt as _, request::RequestContext};

use crate::{Problem, Request};

/// Longest `sub` that is kept.
const SUB_BOUND: usize = 128;

/// A customer, with scope `contracts/self`.
#[derive(Clone, Debug)]
pub struct Customer {
    pub customer: CustomerId,
    pub sub: String,
    pub origin: Origin,
}

/// Staff, or one of the vendor's systems, with scope `contracts/staff`.
#[derive(Clone, Debug)]
pub struct Staff {
    pub sub: String,
    pub origin: Origin,
}

impl Customer {
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { kind: ActorKind::Customer, id: Some(self.sub.clone()) }
    }
}

impl Staff {
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { kind: ActorKind::Staff, id: Some(self.sub.clone()) }
    }
}

/// The calling customer.
///
/// # Errors
/// 403 where the token is not a customer's.
pub fn customer(request: &Request) -> Result<Customer, Problem> {
    let token = Token::of(request, "contracts/self").ok_or_else(Problem::forbidden)?;
    let customer = token.claim("customer_id").and_then(CustomerId::parse).ok_or_else(Problem::forbidden)?;
    Ok(Customer { customer, sub: token.sub()?, origin: token.origin })
}

/// The calling member of staff.
///
/// # Errors
/// 403 where the token is not staff's.
pub fn staff(request: &Request) -> Result<Staff, Problem> {
    let token = Token::of(request, "contracts/staff").ok_or_else(Problem::forbidden)?;
    Ok(Staff { sub: token.sub()?, origin: token.origin })
}

struct Token<'a> {
    claims: &'a std::collections::HashMap<String, String>,
    origin: Origin,
}

impl<'a> Token<'a> {
    /// The token's claims, where it has the scope.
    fn of(request: &'a Request, scope: &str) -> Option<Self> {
        let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else { return None };
        let claims = &context.authorizer.as_ref()?.jwt.as_ref()?.claims;
        claims.get("scope")?.split(' ').find(|granted| *granted == scope)?;
        let origin = Origin {
            ip: context.http.source_ip.clone(),
            user_agent: context.http.user_agent.as_ref().map(|agent| agent.chars().take(200).collect()),
        };
        Some(Self { claims, origin })
    }

    fn claim(&self, name: &str) -> Option<&'a str> {
        self.claims.get(name).map(String::as_str)
    }

    fn sub(&self) -> Result<String, Problem> {
        let sub = self.claim("sub").filter(|sub| (1..=SUB_BOUND).contains(&sub.len()));
        sub.map(str::to_owned).ok_or_else(Problem::forbidden)
    }
}

/// A part of the path, as the gateway decoded it.
#[must_use]
pub fn parameter(request: &Request, name: &str) -> Option<String> {
    request.path_parameters_ref()?.first(name).map(str::to_owned)
}

/// Whether the route has this part.
#[must_use]
pub fn has_parameter(request: &Request, name: &str) -> bool {
    request.path_parameters_ref().is_some_and(|parameters| parameters.first(name).is_some())
}

/// The contract that the path names.
///
/// # Errors
/// 404 where it cannot be one.
pub fn contract_id(request: &Request) -> Result<ContractId, Problem> {
    parameter(request, "id").as_deref().and_then(ContractId::parse).ok_or_else(Problem::not_found)
}

/// The calling customer's own contract that the path names; anybody else's is as unknown as one that does not exist.
///
/// # Errors
/// 404, or what loading gives.
pub async fn own_contract<F, E>(
    request: &Request,
    caller: &Customer,
    load: impl FnOnce(ContractId) -> F,
) -> Result<Contract, Problem>
where
    F: Future<Output = Result<Option<Contract>, E>>,
    Problem: From<E>,
{
    let found = load(contract_id(request)?).await?;
    found.filter(|contract| contract.customer == caller.customer).ok_or_else(Problem::not_found)
}

/// A parameter of the query, as the gateway decoded it.
#[must_use]
pub fn query<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.query_string_parameters_ref()?.first(name)
}

/// The query's `cursor`, decoded by `read`.
///
/// # Errors
/// 422 where it is none that was given out.
pub fn cursor(request: &Request, read: impl FnOnce(&str) -> Option<String>) -> Result<Option<String>, Problem> {
    match query(request, "cursor") {
        None => Ok(None),
        Some(text) => {
            read(text).map(Some).ok_or_else(|| Problem::invalid_field("/cursor", contract::Invalid::BadFormat))
        }
    }
}
