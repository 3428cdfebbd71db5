//! One call of the API, described in the order in which one reads it: who calls, what it is for, what is sent, what is answered.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::{
    PartialSchema as _, ToSchema,
    openapi::{
        Content, Ref, RefOr, Required, Schema, SecurityRequirement,
        path::{HttpMethod, Operation, OperationBuilder, Parameter},
        request_body::RequestBodyBuilder,
        response::ResponseBuilder,
    },
};
use web::{PageView, Problem};

use super::shared;

/// A finished description.
pub struct Route {
    pub method: HttpMethod,
    pub path: &'static str,
    pub operation: Operation,
    /// What its bodies and answers refer to.
    pub schemas: Vec<(String, RefOr<Schema>)>,
}

/// A description in the making.
pub struct Describe {
    method: HttpMethod,
    path: &'static str,
    operation: OperationBuilder,
    schemas: Vec<(String, RefOr<Schema>)>,
    /// The refusals of each status, beyond those that every call of the kind has.
    refusals: BTreeMap<u16, Vec<Problem>>,
}

impl Describe {
    fn new(tag: &str, id: &str, method: HttpMethod, path: &'static str) -> Self {
        let operation = OperationBuilder::new().tag(tag).operation_id(Some(id));
        let refusals = [429, 500, 503].map(|status| (status, vec![])).into();
        Self { method, path, operation, schemas: vec![], refusals }
    }

    /// A customer's call.
    pub fn customers(id: &str, method: HttpMethod, path: &'static str) -> Self {
        Self::new("customers", id, method, path).guarded("contracts/self")
    }

    /// A call of staff or of the vendor's systems.
    pub fn staffs(id: &str, method: HttpMethod, path: &'static str) -> Self {
        Self::new("staff", id, method, path).guarded("contracts/staff")
    }

    /// A call without a token.
    pub fn anybodys(id: &str, method: HttpMethod, path: &'static str) -> Self {
        let mut call = Self::new("others", id, method, path);
        call.operation = call.operation.securities(Some([]));
        call
    }

    fn guarded(mut self, scope: &str) -> Self {
        self.operation = self.operation.security(SecurityRequirement::new("tokens", [scope]));
        let mut call = self.answers(401).answers(403).parameter("AcceptLanguage");
        if call.path.contains("{id}") {
            let what = if call.path.contains("/paper-contracts/") { "PaperId" } else { "ContractId" };
            call = call.parameter(what).answers(404);
        }
        if call.path.contains("{customerId}") {
            call = call.parameter("CustomerId").answers(404);
        }
        call
    }

    /// What it is for, in English and in Chinese.
    pub fn says(mut self, summary: &str, description: &str, chinese: &str) -> Self {
        let description = format!("{description}\n\n{chinese}");
        self.operation = self.operation.summary(Some(summary)).description(Some(description));
        self
    }

    /// A parameter that calls share.
    pub fn parameter(mut self, name: &str) -> Self {
        self.operation = self.operation.parameter_ref(Ref::new(format!("#/components/parameters/{name}")));
        self
    }

    /// A parameter of its own.
    pub fn own_parameter(mut self, parameter: Parameter) -> Self {
        self.operation = self.operation.parameter(parameter);
        self
    }

    /// A list, page by page.
    pub fn paged(self) -> Self {
        self.parameter("Cursor").answers(422)
    }

    /// The body that must be sent, by examples of it.
    pub fn takes<B: Serialize + ToSchema>(self, examples: &[(&str, B)]) -> Self {
        self.body(Required::True, examples)
    }

    /// A body that may be left out.
    pub fn may_take<B: Serialize + ToSchema>(self, examples: &[(&str, B)]) -> Self {
        self.body(Required::False, examples)
    }

    /// A body of which only the bytes count at first.
    pub fn takes_bytes_of<B: Serialize + ToSchema>(mut self, name: &str, example: &B) -> Self {
        let content = shared::content(self.refer::<B>(), [(name, example)]);
        let body = RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True));
        self.operation = self.operation.request_body(Some(body.build()));
        self.answers(413)
    }

    fn body<B: Serialize + ToSchema>(mut self, required: Required, examples: &[(&str, B)]) -> Self {
        let content = shared::content(self.refer::<B>(), examples.iter().map(|(name, body)| (*name, body)));
        let body = RequestBodyBuilder::new().content("application/json", content).required(Some(required)).build();
        self.operation = self.operation.request_body(Some(body));
        self.answers(400).answers(413).answers(415).answers(422)
    }

    /// What is answered when it went well, with an example.
    pub fn gives<A: Serialize + ToSchema>(mut self, status: u16, says: &str, example: &A) -> Self {
        let content = shared::content(self.refer::<A>(), [("example", example)]);
        self.gives_content(status, says, content)
    }

    /// A page of a list, with one item as an example.
    pub fn gives_page<T: Serialize + ToSchema>(mut self, says: &str, item: T) -> Self {
        // Every page has the same name of its own; what it holds tells them apart.
        let name = format!("{}Page", T::name());
        PageView::<T>::schemas(&mut self.schemas);
        self.schemas.push((name.clone(), PageView::<T>::schema()));
        let page = PageView { items: vec![item], cursor: None };
        let content = shared::content(Ref::from_schema_name(name), [("example", &page)]);
        self.gives_content(200, says, content)
    }

    /// What is answered when it went well, where it has no schema of its own.
    pub fn gives_content(mut self, status: u16, says: &str, content: Content) -> Self {
        let response = ResponseBuilder::new().description(says).content("application/json", content);
        self.operation = self.operation.response(status.to_string(), response);
        self
    }

    /// A picture.
    pub fn gives_png(mut self, says: &str) -> Self {
        let response = ResponseBuilder::new().description(says).content("image/png", Content::new(None::<Ref>));
        self.operation = self.operation.response("200", response);
        self
    }

    /// What it refuses for reasons of its own.
    pub fn refuses(mut self, problems: impl IntoIterator<Item = Problem>) -> Self {
        for problem in problems {
            self.refusals.entry(problem.status()).or_default().push(problem);
        }
        self
    }

    /// A status that other calls answer as well.
    pub fn answers(mut self, status: u16) -> Self {
        self.refusals.entry(status).or_default();
        self
    }

    fn refer<T: ToSchema>(&mut self) -> Ref {
        T::schemas(&mut self.schemas);
        self.schemas.push((T::name().into_owned(), T::schema()));
        Ref::from_schema_name(T::name())
    }

    /// The description as it stands.
    pub fn done(self) -> Route {
        let Self { method, path, mut operation, schemas, refusals } = self;
        for (status, problems) in refusals {
            operation = operation.response(status.to_string(), shared::refusal(status, problems));
        }
        Route { method, path, operation: operation.build(), schemas }
    }
}
