//! What calls have in common: parameters, refusals, and the schemas of both.

use contract::{Invalid, Language};
use serde::Serialize;
use utoipa::{
    PartialSchema as _, ToSchema,
    openapi::{
        ComponentsBuilder, Content, ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Required, Response, Type,
        example::ExampleBuilder,
        path::{Parameter, ParameterBuilder, ParameterIn},
        response::ResponseBuilder,
    },
};
use web::{FieldProblem, Problem, ProblemDocument, schema};

/// What the API gateway answers itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct GatewayMessage {
    pub message: &'static str,
}

/// A refusal that many calls have.
struct Common {
    status: u16,
    name: &'static str,
    says: &'static str,
    /// The function's answer, where it has one.
    problem: Option<fn() -> Problem>,
    /// The gateway's answer, where it has one.
    message: Option<&'static str>,
}

const COMMON: [Common; 10] = [
    Common {
        status: 400,
        name: "MalformedJson",
        says: "The body is not JSON. 提交的内容不是有效的 JSON。",
        problem: Some(Problem::malformed_json),
        message: None,
    },
    Common {
        status: 401,
        name: "Unauthorized",
        says: "There is no valid token. 缺少有效的令牌。",
        problem: None,
        message: Some("Unauthorized"),
    },
    Common {
        status: 403,
        name: "Forbidden",
        says: "The token does not allow this. 令牌不允许该操作。",
        problem: Some(Problem::forbidden),
        message: Some("Forbidden"),
    },
    Common {
        status: 404,
        name: "NotFound",
        says: "There is no such thing, or it is not the caller's; a malformed id included. 未找到，或不属于调用者。",
        problem: Some(Problem::not_found),
        message: None,
    },
    Common {
        status: 413,
        name: "TooLarge",
        says: "The body has more than 64 KiB. 提交的内容过大。",
        problem: Some(Problem::too_large),
        message: Some("Request Entity Too Large"),
    },
    Common {
        status: 415,
        name: "UnsupportedMediaType",
        says: "The body is not sent as application/json. 内容类型不支持。",
        problem: Some(Problem::unsupported_media_type),
        message: None,
    },
    Common {
        status: 422,
        name: "InvalidFields",
        says: "Fields are missing, not valid or not known; each is named with its reason. 信息填写有误，逐项说明原因。",
        problem: Some(invalid_field),
        message: None,
    },
    Common {
        status: 429,
        name: "TooManyRequests",
        says: "Too many requests at once. 请求过于频繁。",
        problem: None,
        message: Some("Too Many Requests"),
    },
    Common {
        status: 500,
        name: "InternalError",
        says: "Something went wrong here, and this was not done. 系统内部错误，操作未完成。",
        problem: None,
        message: Some("Internal Server Error"),
    },
    Common {
        status: 503,
        name: "Unavailable",
        says: "The function did not answer in time. 服务暂时不可用。",
        problem: None,
        message: Some("Service Unavailable"),
    },
];

fn invalid_field() -> Problem {
    Problem::invalid_field("/partyA/email", Invalid::BadFormat)
}

/// What a call answers with a status: the common refusal, with its own ones where it has some.
pub fn refusal(status: u16, own: Vec<Problem>) -> RefOr<Response> {
    match COMMON.iter().find(|common| common.status == status) {
        Some(common) if own.is_empty() => Ref::from_response_name(common.name).into(),
        // Who checks a signature has no authorizer before it.
        Some(Common { status: 401, .. }) | None => {
            response(&format!("Refused: {} 请求被拒绝，原因见 code。", codes(&own)), &own, None).into()
        }
        Some(common) => {
            let problems: Vec<Problem> = common.problem.map(|problem| problem()).into_iter().chain(own).collect();
            let says = format!("{} {}", codes(&problems), common.says);
            response(&says, &problems, common.message).into()
        }
    }
}

fn codes(problems: &[Problem]) -> String {
    let codes: Vec<String> = problems.iter().map(|problem| format!("`{}`", problem.code())).collect();
    format!("{}.", codes.join(", "))
}

fn response(says: &str, problems: &[Problem], message: Option<&'static str>) -> Response {
    let mut response = ResponseBuilder::new().description(says);
    if !problems.is_empty() {
        let documents: Vec<_> =
            problems.iter().map(|problem| (problem.code(), problem.document(Language::En))).collect();
        let content = content(Ref::from_schema_name("Problem"), documents.iter().map(|(code, text)| (*code, text)));
        response = response.content("application/problem+json", content);
    }
    if let Some(message) = message {
        let content = content(Ref::from_schema_name("GatewayMessage"), [("gateway", &GatewayMessage { message })]);
        response = response.content("application/json", content);
    }
    if problems.iter().any(|problem| problem.retry_after().is_some()) {
        let seconds = HeaderBuilder::new()
            .description(Some("Seconds to wait before trying again."))
            .schema(Some(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1))));
        response = response.header("Retry-After", seconds.build());
    }
    response.build()
}

/// JSON of a schema, with examples.
pub fn content<'a, T: Serialize + 'a>(schema: Ref, examples: impl IntoIterator<Item = (&'a str, &'a T)>) -> Content {
    let examples = examples.into_iter().map(|(name, example)| {
        let value = serde_json::to_value(example).unwrap_or_default();
        (name, ExampleBuilder::new().value(Some(value)).build())
    });
    ContentBuilder::new().schema(Some(schema)).examples_from_iter(examples).build()
}

/// Adds what calls refer to.
pub fn components(mut components: ComponentsBuilder) -> ComponentsBuilder {
    for common in &COMMON {
        let problem = common.problem.map(|problem| problem());
        let mut answer = response(common.says, problem.as_slice(), common.message);
        if common.status == 500 {
            // A fault of ours cannot be made up as an example without logging one.
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
            answer.content.insert("application/problem+json".to_owned(), content.into());
        }
        components = components.response(common.name, answer);
    }
    for (name, parameter) in parameters() {
        components = components.parameter(name, parameter);
    }
    let mut schemas = Vec::new();
    ProblemDocument::schemas(&mut schemas);
    components
        .schemas_from_iter(schemas)
        .schema(ProblemDocument::name(), ProblemDocument::schema())
        .schema(FieldProblem::name(), FieldProblem::schema())
        .schema(GatewayMessage::name(), GatewayMessage::schema())
        .schema(schema::Ulid::name(), schema::Ulid::schema())
        .schema(schema::CustomerId::name(), schema::CustomerId::schema())
}

fn parameters() -> [(&'static str, Parameter); 6] {
    let id = || Ref::from_schema_name(schema::Ulid::name());
    let customer = Ref::from_schema_name(schema::CustomerId::name());
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let of_path = |name: &str, says: &str| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(says))
    };
    let may = |name: &str, place: ParameterIn, says: &str| {
        ParameterBuilder::new().name(name).parameter_in(place).required(Required::False).description(Some(says))
    };
    let key = text().min_length(Some(1)).max_length(Some(64)).pattern(Some("^[!-~]+$"));
    [
        ("ContractId", of_path("id", "The contract. 合同 ID。").schema(Some(id())).build()),
        ("PaperId", of_path("id", "The paper contract. 纸质合同 ID。").schema(Some(id())).build()),
        ("CustomerId", of_path("customerId", "The account. 客户账号 ID。").schema(Some(customer)).build()),
        (
            "Cursor",
            may("cursor", ParameterIn::Query, "Where the page begins: the `cursor` of the page before. 上一页返回的游标。")
                .schema(Some(text()))
                .build(),
        ),
        (
            "IdempotencyKey",
            may(
                "Idempotency-Key",
                ParameterIn::Header,
                "The same key with the same body gets the first one's answer; with another body it is refused. 幂等键。",
            )
            .schema(Some(key))
            .build(),
        ),
        (
            "AcceptLanguage",
            may("Accept-Language", ParameterIn::Header, "The language of texts: `zh-CN` (default) or `en`. 提示文字的语言。")
                .schema(Some(text()))
                .example(Some("en".into()))
                .build(),
        ),
    ]
}
