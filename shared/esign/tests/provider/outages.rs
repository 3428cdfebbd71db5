//! What happens when the provider is slow, broken or away: nothing takes longer than its limit, and nothing happens twice.

use std::time::{Duration, Instant};

use contract::FileId;
use esign::{BadSetting, Failure, MOST_DOCUMENT_BYTES, Outage, Provider, Refusal, Secret, Settings};
use serde_json::json;

use crate::support::{Act, Server, Somebody, code, create, flow, ok, provider, status};

fn unavailable<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> Outage {
    match outcome {
        Err(Failure::Unavailable(outage)) => outage,
        other => panic!("not an outage: {other:?}"),
    }
}

async fn check(provider: &Provider) -> Outage {
    unavailable(provider.check_identity(&Somebody::new().person()).await)
}

#[tokio::test]
async fn a_lost_answer_to_create_is_never_followed_by_another_request() {
    for (act, outage) in [
        (Act::HangUp, Outage::BrokenOff),
        (Act::BreakOff, Outage::BrokenOff),
        (Act::Silence, Outage::Late),
        (status(500), Outage::Status(500)),
        (status(503), Outage::Status(503)),
        (code(1_435_012, "", json!(null)), Outage::Fault(1_435_012)),
        (ok(json!({})), Outage::Puzzling("its data lack a field that the call needs")),
        (ok(json!({"signFlowId": "../x"})), Outage::Puzzling("its id is not one")),
    ] {
        let server = Server::playing([act.clone(), ok(json!({"signFlowId": "second"}))]).await;
        assert_eq!(unavailable(create(&server.provider()).await), outage, "{act:?}");
        assert_eq!(server.requests().len(), 1, "{act:?}");
    }
}

#[tokio::test]
async fn an_identity_check_is_paid_for_once() {
    for act in [Act::HangUp, status(502), code(1_435_012, "", json!(null))] {
        let server = Server::playing([act, ok(json!({"verifyId": "v"}))]).await;
        check(&server.provider()).await;
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn what_may_happen_twice_is_repeated_twice_at_most() {
    let server = Server::playing([status(502), Act::HangUp, ok(json!({"signFlowStatus": 1}))]).await;
    assert!(server.provider().status(&flow()).await.is_ok());
    assert_eq!(server.requests().len(), 3);

    for act in [status(500), Act::HangUp, code(1_435_012, "", json!(null)), status(429)] {
        let server = Server::playing(vec![act; 9]).await;
        unavailable(server.provider().status(&flow()).await);
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn an_answer_that_is_understood_is_final() {
    for act in [code(1_437_103, "", json!(null)), status(404), status(401)] {
        let server = Server::playing(vec![act; 3]).await;
        assert!(server.provider().start(&flow()).await.unwrap_err().refusal().is_some());
    }
    let server = Server::playing([Act::Answer(200, b"{\"code\":".to_vec())]).await;
    assert!(matches!(unavailable(server.provider().status(&flow()).await), Outage::Puzzling(_)));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_silent_provider_costs_one_time_limit() {
    let server = Server::playing([]).await;
    let mut settings = server.settings();
    settings.total_timeout = Duration::from_millis(700);
    let began = Instant::now();
    assert_eq!(unavailable(provider(&settings).status(&flow()).await), Outage::Late);
    let took = began.elapsed();
    assert!((600..3000).contains(&took.as_millis()), "{took:?}");
    assert_eq!(server.requests().len(), 2, "a hanging attempt leaves time for another");

    let server = Server::playing([Act::Silence, ok(json!({"signFlowStatus": 1}))]).await;
    settings.base_url = format!("http://{}", server.address);
    assert!(provider(&settings).status(&flow()).await.is_ok());
}

#[tokio::test]
async fn calls_of_one_step_share_its_time() {
    let server = Server::playing([]).await;
    let step = server.provider().within(Duration::from_millis(300));
    let began = Instant::now();
    check(&step).await;
    assert_eq!(unavailable(create(&step).await), Outage::Late);
    unavailable(step.within(Duration::from_secs(9)).start(&flow()).await);
    let took = began.elapsed();
    assert!(took < Duration::from_millis(1500), "{took:?}");
    assert_eq!(server.requests().len(), 1, "what has no time left is not sent");
}

#[tokio::test]
async fn a_provider_that_is_not_there() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let away = provider(&Settings::new(&base_url, "7438000001", Secret::new("x").unwrap()));
    assert_eq!(unavailable(away.status(&flow()).await), Outage::Unreached);
    assert_eq!(unavailable(create(&away).await), Outage::Unreached);
    assert_eq!(check(&away).await, Outage::Unreached);
}

#[tokio::test]
async fn identification_that_is_not_accepted_says_why() {
    let body = r#"{"success":false,"code":401,"message":"INVALID_SIGNATURE"}"#;
    let server = Server::playing([Act::Answer(401, body.into()), Act::Answer(403, "IP白名单不匹配".into())]).await;
    let provider = server.provider();
    let Err(Failure::Refused { refusal, code, message }) = provider.status(&flow()).await else { panic!() };
    assert_eq!((refusal, code, message.as_str()), (Refusal::Configuration, 401, "INVALID_SIGNATURE"));
    let failure = provider.status(&flow()).await.unwrap_err();
    assert_eq!(failure.refusal(), Some(Refusal::Configuration));
    assert_eq!(failure.to_string(), "The provider refused: the app's identification was not accepted (code 403).");
}

#[tokio::test]
async fn answers_are_bounded() {
    let long = format!("{{\"code\":0,\"data\":{{\"signFlowStatus\":1,\"x\":\"{}\"}}}}", "x".repeat(1 << 20));
    for act in [Act::Answer(200, long.clone().into()), Act::Chunked(long.into())] {
        let server = Server::playing([act]).await;
        assert_eq!(
            unavailable(server.provider().status(&flow()).await),
            Outage::Puzzling("it is longer than the call allows")
        );
    }
    let files = ok(json!({"files": [{"downloadUrl": "http://{host}/oss/1"}]}));
    for act in [Act::Answer(200, vec![0; MOST_DOCUMENT_BYTES + 1]), Act::Chunked(vec![0; MOST_DOCUMENT_BYTES + 1])] {
        let server = Server::playing([files.clone(), act]).await;
        assert!(matches!(unavailable(server.provider().download(&flow()).await), Outage::Puzzling(_)));
    }
    let server = Server::playing([files, Act::Chunked(vec![7; 3 << 20])]).await;
    assert_eq!(server.provider().download(&flow()).await.unwrap().len(), 3 << 20);
}

#[tokio::test]
async fn a_file_that_breaks_off_is_asked_for_again_and_never_taken_for_whole() {
    let files = ok(json!({"files": [{"downloadUrl": "http://{host}/oss/1"}]}));
    let server = Server::playing([files.clone(), Act::BreakOff, Act::Answer(200, b"%PDF".to_vec())]).await;
    assert_eq!(server.provider().download(&flow()).await.unwrap(), b"%PDF");
    let server = Server::playing([files, status(403), Act::Answer(200, b"%PDF".to_vec())]).await;
    assert_eq!(unavailable(server.provider().download(&flow()).await), Outage::Status(403));
}

#[tokio::test]
async fn an_upload_that_the_file_store_does_not_take() {
    let address = ok(json!({"fileId": "file-1", "fileUploadUrl": "http://{host}/oss/1"}));
    let server = Server::playing([address.clone(), status(500), Act::Answer(200, Vec::new())]).await;
    assert_eq!(server.provider().upload("a.pdf", b"%PDF").await.unwrap(), FileId::new("file-1"));
    let server = Server::playing([address, status(403)]).await;
    assert_eq!(unavailable(server.provider().upload("a.pdf", b"%PDF").await), Outage::Status(403));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server = Server::playing([Act::Answer(302, Vec::new()), ok(json!({"signFlowStatus": 1}))]).await;
    assert!(matches!(unavailable(server.provider().status(&flow()).await), Outage::Puzzling(_)));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn settings_are_checked_when_the_provider_is_made() {
    let settings = Settings::new("http://openapi.esign.cn", "7438000001", Secret::new("x").unwrap());
    let made = Provider::new(&settings, std::sync::Arc::new(|| contract::Timestamp::UNIX_EPOCH), None);
    assert!(matches!(made, Err(BadSetting::PlainText)));
}
