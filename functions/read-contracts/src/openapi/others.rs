//! The calls without a token: the provider's callback, and this document.

use utoipa::{
    ToSchema as _,
    openapi::{
        ContentBuilder,
        HttpMethod::{Get, Post},
        ObjectBuilder, Ref, Required, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};
use web::{Problem, schema};

use super::{
    bodies::{Callback, CallbackTaken},
    route::{Describe, Route},
};

pub fn routes() -> Vec<Route> {
    vec![callback(), document()]
}

fn callback() -> Route {
    Describe::anybodys("takeCallback", Post, "/v1/esign/callback")
        .says(
            "The provider's callback",
            "Its HMAC is checked instead of a token (e签宝 Open API V3). It is only a reason to ask the provider how the flow \
             stands. Answered once it is durably queued; whatever else is answered, the provider calls again.",
            "e签宝回调：校验签名后入队，再向签署平台查询流程状态。",
        )
        .own_parameter(
            ParameterBuilder::new()
                .name("contract")
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some("The contract, as the flow was told to call back."))
                .schema(Some(Ref::from_schema_name(schema::Ulid::name())))
                .build(),
        )
        .own_parameter(header("X-Tsign-Open-App-Id", "The application."))
        .own_parameter(header("X-Tsign-Open-TIMESTAMP", "Milliseconds, 13 digits."))
        .own_parameter(header("X-Tsign-Open-SIGNATURE", "HMAC-SHA256 over timestamp, query values and body, in hexadecimal digits."))
        .takes_bytes_of("completed", &Callback { action: "SIGN_FLOW_COMPLETE", sign_flow_id: "4f1c2d3e5a6b47c8" })
        .gives(200, "It is queued", &CallbackTaken { code: "200", msg: "success" })
        .refuses([Problem::forged_callback()])
        .done()
}

fn header(name: &str, says: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some(says))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn document() -> Route {
    let any = ContentBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::Object))).build();
    Describe::anybodys("readDescription", Get, "/v1/openapi.json")
        .says("This document", "OpenAPI 3.1, generated from the code.", "本接口文档。")
        .gives_content(200, "The document", any)
        .done()
}
