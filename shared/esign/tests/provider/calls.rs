//! Each call as it goes over the wire, and what is made of the provider's answers.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::{FileId, FlowId, FlowState, Name, SubjectType};
use esign::{Integrity, Refusal};
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Digest as _;
use serde_json::json;

use crate::support::{APP_ID, Act, NOW_MS, Request, SECRET, Server, Somebody, code, create, flow, ok};

const PDF: &[u8] = b"%PDF-1.7\n\xff\xfe made up";

/// Verifies the signature from the headers as they came, as the gateway does.
fn assert_signed(request: &Request) {
    let header = |name: &str| request.header(name).unwrap_or_default();
    assert_eq!(header("X-Tsign-Open-App-Id"), APP_ID);
    assert_eq!(header("X-Tsign-Open-Auth-Mode"), "Signature");
    assert_eq!(header("X-Tsign-Open-Ca-Timestamp"), NOW_MS.to_string());
    assert_eq!(header("Accept"), "*/*");
    let md5 = if request.body.is_empty() { String::new() } else { STANDARD.encode(md5::Md5::digest(&request.body)) };
    assert_eq!(header("Content-MD5"), md5);
    let text = format!("{}\n*/*\n{md5}\n{}\n\n{}", request.method, header("Content-Type"), request.target);
    let mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(text);
    assert_eq!(header("X-Tsign-Open-Ca-Signature"), STANDARD.encode(mac.finalize().into_bytes()));
}

#[tokio::test]
async fn an_upload_announces_the_file_and_puts_the_same_bytes() {
    let address = "http://{host}/oss/file-1?Expires=1&Signature=a%2Fb%3D";
    let server = Server::playing([
        ok(json!({"fileId": "file-1", "fileUploadUrl": address})),
        Act::Answer(200, r#"{"errCode":0,"msg":"成功"}"#.into()),
    ])
    .await;
    assert_eq!(server.provider().upload("HT-1.pdf", PDF).await.unwrap(), FileId::new("file-1"));

    let requests = server.requests();
    assert_signed(&requests[0]);
    assert_eq!(requests[0].target, "/v3/files/file-upload-url");
    let md5 = STANDARD.encode(md5::Md5::digest(PDF));
    assert_eq!(
        requests[0].json(),
        json!({"contentMd5": md5, "contentType": "application/pdf", "fileName": "HT-1.pdf", "fileSize": PDF.len()})
    );
    let put = &requests[1];
    assert_eq!((put.method.as_str(), put.target.as_str()), ("PUT", "/oss/file-1?Expires=1&Signature=a%2Fb%3D"));
    assert_eq!((put.header("Content-MD5"), put.header("Content-Type")), (Some(md5.as_str()), Some("application/pdf")));
    assert_eq!(put.body, PDF);
    assert!(put.headers.iter().all(|(name, _)| !name.to_lowercase().starts_with("x-tsign")), "{:?}", put.headers);
}

#[tokio::test]
async fn an_identity_check_that_does_not_match_is_an_answer() {
    let somebody = Somebody::new();
    for (answer, verify_id, passed) in [
        (ok(json!({"verifyId": "v-1"})), Some("v-1"), true),
        (ok(json!(null)), None, true),
        (code(30_504_001, "信息比对不一致", json!({"verifyId": "v-2"})), Some("v-2"), false),
        (code(30_501_006, "x", json!(null)), None, false),
        (code(30_501_010, "x", json!({})), None, false),
    ] {
        let server = Server::playing([answer]).await;
        let check = server.provider().check_identity(&somebody.person()).await.unwrap();
        assert_eq!((check.verify_id.as_deref(), check.passed), (verify_id, passed));
        let request = &server.requests()[0];
        assert_signed(request);
        assert_eq!(request.target, "/v2/identity/verify/individual/telecom3Factors");
        assert_eq!(request.json(), json!({"name": "王小明", "idNo": "11010519491231002X", "mobileNo": "13800138000"}));
    }
}

#[tokio::test]
async fn an_identity_check_can_be_refused() {
    for (number, refusal) in
        [(30_504_900, Refusal::TooOften), (30_503_107, Refusal::NoQuota), (30_500_101, Refusal::Other)]
    {
        let server = Server::playing([code(number, "王小明 13800138000 不支持", json!(null))]).await;
        let failure = server.provider().check_identity(&Somebody::new().person()).await.unwrap_err();
        assert_eq!(failure.refusal(), Some(refusal));
        let shown = format!("{failure} {failure:?}");
        assert!(!shown.contains("王小明") && !shown.contains("13800138000"), "{shown}");
    }
}

#[tokio::test]
async fn a_flow_is_created_with_its_deadline() {
    let server = Server::playing([ok(json!({"signFlowId": "f0001"}))]).await;
    assert_eq!(create(&server.provider()).await.unwrap(), flow());
    let request = &server.requests()[0];
    assert_signed(request);
    assert_eq!(request.target, "/v3/sign-flow/create-by-file");
    let thirty_days = 30 * 24 * 60 * 60 * 1000;
    assert_eq!(request.json()["signFlowConfig"]["signFlowExpireTime"], json!(NOW_MS + thirty_days));
}

#[tokio::test]
async fn a_flow_whose_file_is_not_ready_is_tried_again() {
    let not_ready = code(1_437_513, "文件未完成转换", json!(null));
    let server = Server::playing([not_ready.clone(), ok(json!({"signFlowId": "f0001"}))]).await;
    assert_eq!(create(&server.provider()).await.unwrap(), flow());
    assert_eq!(server.requests().len(), 2);

    let server = Server::playing(vec![not_ready; 9]).await;
    assert_eq!(create(&server.provider()).await.unwrap_err().refusal(), Some(Refusal::FileNotReady));
    assert!((2..=3).contains(&server.requests().len()), "{}", server.requests().len());
}

#[tokio::test]
async fn creating_can_be_refused() {
    for (number, refusal) in [
        (1_435_011, Refusal::NotAllowed),
        (1_437_511, Refusal::FileLost),
        (1_435_405, Refusal::NoQuota),
        (1_437_328, Refusal::SignerMismatch),
        (1_435_002, Refusal::Other),
    ] {
        let server = Server::playing([code(number, "参数错误: 王小明", json!(null))]).await;
        let failure = create(&server.provider()).await.unwrap_err();
        assert_eq!(failure.refusal(), Some(refusal), "{number}");
        assert!(!format!("{failure:?}").contains("王小明"));
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_start_has_no_body() {
    let server = Server::playing([ok(json!(null))]).await;
    server.provider().start(&flow()).await.unwrap();
    let request = &server.requests()[0];
    assert_signed(request);
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/v3/sign-flow/f0001/start"));
    assert!(request.body.is_empty());
}

#[tokio::test]
async fn a_second_start_is_no_failure() {
    let refused = code(1_437_502, "非草稿状态", json!(null));
    let server = Server::playing([refused.clone(), ok(json!({"signFlowStatus": 1}))]).await;
    assert_eq!(server.provider().start(&flow()).await, Ok(()));
    assert_eq!(server.targets(), ["POST /v3/sign-flow/f0001/start", "GET /v3/sign-flow/f0001/detail"]);

    let server = Server::playing([refused, ok(json!({"signFlowStatus": 0}))]).await;
    assert_eq!(server.provider().start(&flow()).await.unwrap_err().refusal(), Some(Refusal::Other));

    let server = Server::playing([code(1_435_405, "", json!(null))]).await;
    assert_eq!(server.provider().start(&flow()).await.unwrap_err().refusal(), Some(Refusal::NoQuota));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_link_is_for_one_signer_who_logs_in() {
    let somebody = Somebody::new();
    let url = "https://smlt.esign.cn/sign?context=1";
    let not_open = || code(1_437_103, "", json!(null));
    let server = Server::playing([
        ok(json!({"shortUrl": "https://smlt.esign.cn/x", "url": url})),
        ok(json!({"shortUrl": "https://smlt.esign.cn/x", "url": null})),
        ok(json!({"url": "javascript:alert(1)"})),
        not_open(),
        not_open(),
        ok(json!({"url": url})),
        not_open(),
        not_open(),
        not_open(),
        not_open(),
    ])
    .await;
    let provider = server.provider();
    let company = Name::parse("甲示例科技有限公司").unwrap();
    let redirect = "https://console.example/";
    assert_eq!(provider.link(&flow(), &somebody.mobile, Some(&company), redirect).await.unwrap(), url);
    assert_eq!(provider.link(&flow(), &somebody.mobile, None, redirect).await.unwrap(), "https://smlt.esign.cn/x");
    assert!(provider.link(&flow(), &somebody.mobile, None, redirect).await.unwrap_err().is_unavailable());
    let started_meanwhile = provider.link(&flow(), &somebody.mobile, None, redirect).await.unwrap();
    assert_eq!(started_meanwhile, url);
    let failure = provider.link(&flow(), &somebody.mobile, None, redirect).await.unwrap_err();
    assert_eq!(failure.refusal(), Some(Refusal::NotSigning));

    let requests = server.requests();
    assert_eq!(requests.len(), 10, "asked four times at most");
    assert_signed(&requests[0]);
    assert_eq!(requests[0].target, "/v3/sign-flow/f0001/sign-url");
    let mut expected = json!({
        "operator": {"psnAccount": "13800138000"}, "organization": {"orgName": "甲示例科技有限公司"}, "needLogin": true,
        "urlType": 2, "clientType": "ALL", "redirectConfig": {"redirectUrl": redirect}
    });
    assert_eq!(requests[0].json(), expected);
    expected.as_object_mut().unwrap().remove("organization");
    assert_eq!(requests[1].json(), expected);
}

#[tokio::test]
async fn a_status_is_read_from_the_detail() {
    let detail = json!({"signFlowStatus": "2", "signers": [
        {"signerType": 0, "signOrder": 2, "signStatus": "2", "psnSigner": {"psnName": "王小明"}, "orgSigner": null},
        {"signerType": 1, "signOrder": 1, "signStatus": 2, "psnSigner": null, "orgSigner": {"orgName": "乙公司"}}
    ]});
    let server = Server::playing([ok(detail), code(1_435_011, "", json!(null)), ok(json!(null))]).await;
    let provider = server.provider();
    let report = provider.status(&flow()).await.unwrap();
    assert_eq!(report.state, FlowState::Completed);
    let names: Vec<_> =
        report.signers.iter().map(|signer| (signer.kind, signer.name.as_deref(), signer.signed)).collect();
    assert_eq!(names, [(SubjectType::Enterprise, Some("乙公司"), true), (SubjectType::Personal, Some("王小明"), true)]);
    assert_signed(&server.requests()[0]);

    assert_eq!(provider.status(&flow()).await.unwrap_err().refusal(), Some(Refusal::FlowUnknown));
    assert!(provider.status(&flow()).await.unwrap_err().is_unavailable(), "no data is no report");
    for id in ["", "a/b", "../files", "f 1", "f?x=1"] {
        assert_eq!(provider.status(&FlowId::new(id)).await.unwrap_err().refusal(), Some(Refusal::FlowUnknown), "{id}");
    }
    assert_eq!(server.requests().len(), 3, "an id that cannot be the provider's is not asked for");
}

#[tokio::test]
async fn a_revocation_may_have_happened_already() {
    let server =
        Server::playing([ok(json!({})), code(1_437_168, "", json!(null)), code(1_437_203, "", json!(null))]).await;
    let provider = server.provider();
    assert_eq!(provider.revoke(&flow(), &"原".repeat(60)).await, Ok(()));
    assert_eq!(provider.revoke(&flow(), "again").await, Ok(()));
    assert_eq!(provider.revoke(&flow(), "late").await.unwrap_err().refusal(), Some(Refusal::NotSigning));
    let request = &server.requests()[0];
    assert_signed(request);
    assert_eq!(request.json(), json!({"revokeReason": "原".repeat(50)}));
}

#[tokio::test]
async fn a_download_fetches_the_signed_file() {
    let server = Server::playing([
        ok(json!({"files": [{"fileId": "file-1", "fileName": "a.pdf", "downloadUrl": "http://{host}/oss/signed?Signature=x%2By"}],
                  "attachments": null, "certificateDownloadUrl": null})),
        Act::Answer(200, PDF.to_vec()),
        code(1_437_518, "", json!(null)),
        ok(json!({"files": []})),
        ok(json!({"files": [{"downloadUrl": "http://oss.example/1"}]})),
    ])
    .await;
    let provider = server.provider();
    assert_eq!(provider.download(&flow()).await.unwrap(), PDF);
    assert_eq!(provider.download(&flow()).await.unwrap_err().refusal(), Some(Refusal::NotCompleted));
    assert!(provider.download(&flow()).await.unwrap_err().is_unavailable());
    assert!(provider.download(&flow()).await.unwrap_err().is_unavailable());
    let requests = server.requests();
    assert_signed(&requests[0]);
    assert_eq!(requests[0].json(), json!({"urlAvailableDate": 300}));
    assert_eq!(requests[1].target, "/oss/signed?Signature=x%2By");
    assert!(requests[1].headers.iter().all(|(name, _)| !name.to_lowercase().starts_with("x-tsign")));
}

#[tokio::test]
async fn the_provider_is_asked_for_its_own_verdict() {
    let files = ok(json!({"files": [{"fileId": "signed-1", "downloadUrl": "http://{host}/oss/1"}]}));
    let said = ok(json!({"signInfos": [
        {"cert": {"certOwner": "王小明", "certSN": "1"}, "signature": {"modify": false, "signTimeSource": "tsa"}},
        {"cert": null, "signature": {"modify": true}}
    ]}));
    let server = Server::playing([files.clone(), said, files.clone(), ok(json!({})), code(1_437_518, "", json!(null))]);
    let server = server.await;
    let provider = server.provider();
    let verdict = provider.verify_file(&flow()).await.unwrap();
    assert_eq!(verdict.integrity(), Integrity::Modified);
    assert_eq!((verdict.signatures.len(), verdict.signatures[0].integrity), (2, Integrity::Unmodified));
    assert!(!format!("{verdict:?}").contains("王小明"));
    assert_eq!(provider.verify_file(&flow()).await.unwrap().integrity(), Integrity::Unsaid);
    assert_eq!(provider.verify_file(&flow()).await.unwrap_err().refusal(), Some(Refusal::NotCompleted));
    let request = &server.requests()[1];
    assert_signed(request);
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/v3/files/signed-1/verify"));
    assert_eq!(request.json(), json!({"signFlowId": "f0001"}));
}

#[tokio::test]
async fn a_verdict_repeats_seals_and_is_longer_than_other_answers() {
    let files = ok(json!({"files": [{"fileId": "signed-1", "downloadUrl": "http://{host}/oss/1"}]}));
    let seal = "A".repeat(2 << 20);
    let said = ok(json!({"signInfos": [{"signature": {"modify": false, "sealData": seal}}]}));
    let server = Server::playing([files, said]).await;
    assert_eq!(server.provider().verify_file(&flow()).await.unwrap().integrity(), Integrity::Unmodified);

    for id in [json!(null), json!("../x"), json!("")] {
        let server = Server::playing([ok(json!({"files": [{"fileId": id, "downloadUrl": "http://{host}/oss/1"}]}))]);
        let server = server.await;
        assert!(server.provider().verify_file(&flow()).await.unwrap_err().is_unavailable());
        assert_eq!(server.requests().len(), 1, "an id that is none is not asked for");
    }
}
