//! The OpenAPI 3.1 document of the whole API, generated from code: answers are the views that functions write, problems are those
//! they refuse with, bounds are the `contract` room's. Only the bodies are declared here, because functions read them field by field.

mod bodies;
mod customers;
mod examples;
mod others;
mod route;
mod shared;
mod staff;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder, PathsBuilder, Tag,
    path::PathItem,
    security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    tag::TagBuilder,
};

use route::Route;

const ABOUT: &str = "Lets the customers of a cloud vendor sign the vendor's standard service agreement online.

Bodies and answers are JSON in camelCase; times are RFC 3339 in UTC. What a function refuses is a problem document (RFC 9457) with a \
stable `code`; the API gateway's own refusals are `{\"message\": …}`. A path or method that does not exist is 404. What is wrong is \
answered in this order: 401, 403, 404, 413, 415, 400, 422, 409. Texts follow `Accept-Language` and say so in `Content-Language`.

客户在线签署云服务标准协议。请求与响应均为驼峰命名的 JSON，时间为 UTC（RFC 3339）。被拒绝的请求返回 problem 文档（RFC 9457），其 `code` 保持不变；\
网关自身的拒绝为 `{\"message\": …}`。提示文字的语言由 `Accept-Language` 决定，默认中文。";

static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    // A document of texts and numbers always becomes JSON.
    api().to_json().unwrap_or_default()
});

/// The document, as JSON.
pub fn document() -> String {
    DOCUMENT.clone()
}

fn api() -> OpenApi {
    let mut components = shared::components(ComponentsBuilder::new());
    let mut paths = PathsBuilder::new();
    for Route { method, path, operation, schemas } in
        [customers::routes(), staff::routes(), others::routes()].into_iter().flatten()
    {
        // A path that is there already gets the method added.
        paths = paths.path(path, PathItem::new(method, operation));
        components = components.schemas_from_iter(schemas);
    }
    let tokens = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(
        "An OIDC access token (RS256). Its claim `customer_id` names the account of a customer. \
         Scope `contracts/self` is the customers', `contracts/staff` is staff's and the vendor's systems'.",
    ));
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new().title("Countersign").version("1").description(Some(ABOUT)).license(Some(
                License::builder().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build(),
            )),
        )
        .tags(Some([
            tag("customers", "The four steps of signing, and what a customer sees of them. 客户接口。"),
            tag("staff", "Staff, and the vendor's systems. 运营人员与厂商系统接口。"),
            tag("others", "Calls without a token. 无需令牌的接口。"),
        ]))
        .components(Some(components.security_scheme("tokens", SecurityScheme::Http(tokens.build())).build()))
        .paths(paths)
        .build()
}

fn tag(name: &str, description: &str) -> Tag {
    TagBuilder::new().name(name).description(Some(description)).build()
}
