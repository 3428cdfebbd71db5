//! What is refused, and with which code.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails where it panics")]

mod support;

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use support::{digest, enterprise, operator, pdf, personal, stage};

const CREATE: &str = "/v3/sign-flow/create-by-file";
const DAY: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn creation_names_what_is_wrong() {
    let stage = stage().await;
    let client = &stage.client;
    let file = client.upload().await;
    let far = contract::Timestamp::now().as_millisecond() + 91 * DAY;
    let seal = "/signers/1/signFields/0/normalSignFieldConfig";
    let cases: Vec<(String, Value, i64)> = vec![
        ("/signFlowConfig".into(), Value::Null, 1_435_002),
        ("/signFlowConfig/signFlowTitle".into(), json!(""), 1_435_002),
        ("/signFlowConfig/signFlowTitle".into(), json!(7), 1_435_002),
        ("/signFlowConfig/signFlowExpireTime".into(), json!(1), 1_435_002),
        ("/signFlowConfig/signFlowExpireTime".into(), json!(far), 1_435_002),
        ("/signFlowConfig/notifyUrl".into(), json!("ftp://example.com"), 1_435_002),
        ("/signFlowConfig/redirectConfig".into(), json!({"redirectDelayTime": 3}), 1_435_002),
        ("/signFlowConfig/redirectConfig/redirectDelayTime".into(), json!(5), 1_435_002),
        ("/signFlowConfig/contractConfig/allowToRescind".into(), json!("no"), 1_435_002),
        ("/signFlowConfig/noticeConfig".into(), json!({"noticeTypes": "9"}), 1_435_002),
        ("/signFlowInitiator".into(), json!({"psnInitiator": {"psnId": "x"}}), 1_436_116),
        ("/docs".into(), json!([]), 1_435_002),
        ("/docs/0/fileId".into(), json!("unknown"), 1_437_511),
        ("/signers/1/signerType".into(), json!(2), 1_435_002),
        ("/signers/1/signConfig/signOrder".into(), json!(256), 1_435_002),
        ("/signers/1/signFields".into(), json!([]), 1_435_002),
        ("/signers/1/signFields/0/fileId".into(), json!("other"), 1_435_002),
        ("/signers/1/orgSignerInfo".into(), Value::Null, 1_435_002),
        ("/signers/1/orgSignerInfo/orgName".into(), json!("  "), 1_435_002),
        ("/signers/1/orgSignerInfo/orgInfo/orgIDCardNum".into(), json!("91350100M000100Y44"), 1_435_002),
        ("/signers/1/orgSignerInfo/transactorInfo".into(), Value::Null, 1_435_002),
        ("/signers/1/orgSignerInfo/transactorInfo/psnAccount".into(), json!("12345"), 1_435_002),
        ("/signers/1/orgSignerInfo/transactorInfo/psnId".into(), json!("p1"), 1_435_203),
        ("/signers/1/orgSignerInfo/transactorInfo/psnInfo/psnName".into(), Value::Null, 1_435_002),
        ("/signers/1/orgSignerInfo/transactorInfo/psnInfo/psnIDCardNum".into(), json!("110105194912310021"), 1_435_002),
        ("/signers/1/orgSignerInfo/transactorInfo/psnAccount".into(), json!("13800130001"), 1_437_328),
        (format!("{seal}/signFieldPosition/positionPage"), json!("4"), 1_437_306),
        (format!("{seal}/signFieldPosition/positionPage"), json!("1-3"), 1_435_002),
        (format!("{seal}/signFieldPosition/positionX"), json!(-1.0), 1_435_002),
        (format!("{seal}/signFieldPosition"), Value::Null, 1_435_002),
        (format!("{seal}/autoSign"), json!(true), 1_437_182),
        (format!("{seal}/signFieldWidth"), json!(80.0), 1_435_002),
    ];
    for (pointer, value, expected) in cases {
        let mut body = enterprise(&file, None);
        set(&mut body, &pointer, value.clone());
        let (code, data) = client.post(CREATE, body).await;
        assert_eq!((code, data), (expected, Value::Null), "{pointer} = {value}");
    }
    let (_, flows) = client.control("GET", "flows", json!({})).await;
    assert_eq!(flows, json!([]), "nothing was kept");
}

/// Sets a value, also one that was not there.
fn set(body: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value;
}

#[tokio::test]
async fn creation_has_limits() {
    let stage = stage().await;
    let client = &stage.client;
    let file = client.upload().await;
    let mut body = personal(&file, None);
    let person = body["signers"][1].clone();
    body["signers"] = Value::Array(vec![person; 11]);
    assert_eq!(client.post(CREATE, body.clone()).await.0, 1_437_608);
    body["signers"] = json!([]);
    body["signFlowConfig"]["autoStart"] = json!(true);
    assert_eq!(client.post(CREATE, body).await.0, 1_435_011);
    let mut automatic = personal(&file, None);
    set(&mut automatic, "/signers/1/signFields/0/normalSignFieldConfig/autoSign", json!(true));
    assert_eq!(client.post(CREATE, automatic).await.0, 1_435_002);
    let mut page = personal(&file, None);
    set(&mut page, "/signers/1/signFields/0/normalSignFieldConfig/signFieldPosition/positionPage", json!(2));
    assert_eq!(client.post(CREATE, page).await.0, 0, "page numbers may be numbers");
}

#[tokio::test]
async fn bodies_that_are_no_json_are_parameter_errors() {
    let stage = stage().await;
    let client = &stage.client;
    let flow = client.started(None).await;
    let of_flow = |call: &str| format!("/v3/sign-flow/{flow}/{call}");
    let paths =
        [CREATE.to_owned(), of_flow("sign-url"), of_flow("revoke"), of_flow("file-download-url"), of_flow("delay")];
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for path in paths {
        for body in ["{", "\u{0}", "[]", "\"\"", "1e999", "{\"signers\":{}}x", deep.as_str()] {
            let (status, answer) = client.send("POST", &path, body.as_bytes()).await.unwrap();
            assert_eq!((status, &answer["code"]), (200, &json!(1_435_002)), "{path} {body}");
        }
        let (status, answer) = client.send("POST", &path, b"\xff\xfe").await.unwrap();
        assert_eq!((status, &answer["code"]), (200, &json!(1_435_002)));
    }
    let (status, answer) = client.send("POST", "/v3/files/file-upload-url", b"{").await.unwrap();
    assert_eq!((status, &answer["code"]), (200, &json!(1_430_002)));
    let (status, _) = client.send("POST", CREATE, &vec![b' '; 2 * 1024 * 1024]).await.unwrap();
    assert_eq!(status, 413);
    assert_eq!(client.send("DELETE", CREATE, b"").await.unwrap().0, 404);
    assert_eq!(client.detail(&flow).await["signFlowStatus"], 1);
}

#[tokio::test]
async fn each_state_allows_its_own_calls() {
    let stage = stage().await;
    let client = &stage.client;
    let file = client.upload().await;
    let flow = client.create(enterprise(&file, None)).await;
    let of = |call: &str| format!("/v3/sign-flow/{flow}/{call}");
    // A draft.
    assert_eq!(client.post(&of("sign-url"), operator()).await.0, 1_437_103);
    assert_eq!(client.post(&of("revoke"), json!({})).await.0, 1_437_203);
    assert_eq!(client.post(&of("finish"), json!({})).await.0, 1_437_112);
    assert_eq!(client.post(&of("urge"), json!({})).await.0, 1_437_103);
    // Started.
    assert_eq!(client.post(&of("start"), json!({})).await.0, 0);
    assert_eq!(client.post(&of("start"), json!({})).await.0, 1_437_502);
    assert_eq!(client.post(&of("urge"), json!({})).await.0, 1_437_137);
    let mut stranger = operator();
    stranger["operator"]["psnAccount"] = json!("13900139000");
    assert_eq!(client.post(&of("sign-url"), stranger).await.0, 1_437_114);
    assert_eq!(client.post(&of("sign-url"), json!({"operator": {"psnAccount": support::MOBILE}})).await.0, 1_437_114);
    assert_eq!(client.post(&of("revoke"), json!({"revokeReason": "一".repeat(51)})).await.0, 1_435_002);
    assert_eq!(client.post(&of("revoke"), json!({"revokeReason": "合同条款错误"})).await.0, 0);
    // Revoked.
    assert_eq!(client.post(&of("revoke"), json!({})).await.0, 1_437_168);
    assert_eq!(client.post(&of("start"), json!({})).await.0, 1_437_502);
    let detail = client.detail(&flow).await;
    assert_eq!((&detail["signFlowStatus"], &detail["revokeReason"]), (&json!(3), &json!("合同条款错误")));
    // Unknown.
    for call in ["start", "revoke", "sign-url", "file-download-url", "finish", "urge"] {
        assert_eq!(client.post(&format!("/v3/sign-flow/nothing/{call}"), json!({})).await.0, 1_435_011);
    }
    assert_eq!(client.call("GET", "/v3/sign-flow/nothing/detail", None).await.0, 1_435_011);
    assert_eq!(client.call("GET", "/v3/files/nothing", None).await.0, 1_430_608);
}

#[tokio::test]
async fn time_ends_flows_and_addresses() {
    let stage = stage().await;
    let client = &stage.client;
    let receiver = support::Receiver::new(0).await;
    let waiting = client.started(Some(&receiver.url)).await;
    let signed = client.started(None).await;
    client.control("POST", &format!("flows/{signed}/sign"), json!({})).await;
    let file = client.upload().await;
    let mut body = enterprise(&file, None);
    body["signFlowConfig"]["signFlowExpireTime"] = json!(contract::Timestamp::now().as_millisecond() + DAY);
    let draft = client.create(body).await;
    let ask = json!({"urlAvailableDate": "60"});
    let (_, data) = client.post(&format!("/v3/sign-flow/{signed}/file-download-url"), ask).await;
    let address = data["files"][0]["downloadUrl"].as_str().unwrap();
    assert_eq!(client.http.get(address).send().await.unwrap().status(), 200);

    stage.ahead.store(61_000, Ordering::SeqCst);
    let late = client.http.get(address).send().await.unwrap();
    assert_eq!(late.status(), 403);
    assert!(late.text().await.unwrap().contains("<Message>Request has expired.</Message>"));
    let long = json!({"urlAvailableDate": 3601});
    assert_eq!(client.post(&format!("/v3/sign-flow/{signed}/file-download-url"), long).await.0, 1_435_002);

    stage.ahead.store(91 * DAY, Ordering::SeqCst);
    assert_eq!(receiver.wait(2).await[1], "SIGN_FLOW_COMPLETE \"5\"", "nobody had to ask");
    assert_eq!(client.detail(&waiting).await["signFlowStatus"], 5);
    assert_eq!(client.detail(&signed).await["signFlowStatus"], 2);
    assert_eq!(client.post(&format!("/v3/sign-flow/{draft}/start"), json!({})).await.0, 1_437_169);
    assert_eq!(client.post(&format!("/v3/sign-flow/{waiting}/revoke"), json!({})).await.0, 1_437_203);
    assert_eq!(client.control("POST", &format!("flows/{waiting}/sign"), json!({})).await.0, 409);

    let until = contract::Timestamp::now().as_millisecond() + 100 * DAY;
    let delay = format!("/v3/sign-flow/{waiting}/delay");
    assert_eq!(client.post(&delay, json!({"signFlowExpireTime": until})).await.0, 0);
    assert_eq!(client.post(&delay, json!({"signFlowExpireTime": until + DAY})).await.0, 1_435_011);
    assert_eq!(client.detail(&waiting).await["signFlowStatus"], 1);
    assert_eq!(client.control("POST", &format!("flows/{waiting}/expire"), json!({})).await.1["status"], 5);
    assert_eq!(client.control("POST", &format!("flows/{waiting}/expire"), json!({})).await.0, 409);
}

#[tokio::test]
async fn uploads_are_checked_as_the_object_store_does() {
    let stage = stage().await;
    let client = &stage.client;
    let bytes = pdf();
    let ask = |name: &str, size: Value| json!({"contentMd5": digest(&bytes), "contentType": "application/pdf", "fileName": name, "fileSize": size});
    let path = "/v3/files/file-upload-url";
    assert_eq!(client.post(path, ask("a/b.pdf", json!(9))).await.0, 1_430_601);
    assert_eq!(client.post(path, ask("a.docx", json!(9))).await.0, 1_430_002);
    assert_eq!(client.post(path, ask("a.pdf", json!(0))).await.0, 1_430_002);
    assert_eq!(client.post(path, ask("a.pdf", json!(60 * 1024 * 1024))).await.0, 1_430_002);
    let (code, data) = client.post(path, ask("a.pdf", json!(bytes.len()))).await;
    assert_eq!(code, 0);
    let address = data["fileUploadUrl"].as_str().unwrap();
    let put = |md5: String, kind: &'static str, body: Vec<u8>| async move {
        let put = client.http.put(address).header("Content-MD5", md5).header("Content-Type", kind).body(body);
        let response = put.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let refused = put(digest(b"other"), "application/pdf", bytes.clone()).await;
    assert!(refused.0 == 403 && refused.1.contains("<Code>SignatureDoesNotMatch</Code>"));
    let refused = put(digest(&bytes), "application/octet-stream", bytes.clone()).await;
    assert!(refused.0 == 403 && refused.1.contains("SignatureDoesNotMatch"));
    let refused = put(digest(&bytes), "application/pdf", b"other".to_vec()).await;
    assert!(refused.0 == 400 && refused.1.contains("<Code>InvalidDigest</Code>"));
    let refused = client.http.get(address).send().await.unwrap();
    assert!(refused.status() == 405 && refused.text().await.unwrap().contains("MethodNotAllowed"));
    let file = data["fileId"].as_str().unwrap();
    assert_eq!(client.call("GET", &format!("/v3/files/{file}"), None).await.1["fileStatus"], 0);
    assert_eq!(client.post(CREATE, enterprise(file, None)).await.0, 1_437_513);
    for _ in 0..2 {
        let taken = put(digest(&bytes), "application/pdf", bytes.clone()).await;
        assert_eq!((taken.0, taken.1.as_str()), (200, r#"{"errCode":0,"msg":"成功"}"#));
    }
    assert_eq!(client.call("GET", &format!("/v3/files/{file}"), None).await.1["fileStatus"], 2);
    stage.ahead.store(60 * 60 * 1000 + 1000, Ordering::SeqCst);
    let late = put(digest(&bytes), "application/pdf", bytes.clone()).await;
    assert!(late.0 == 403 && late.1.contains("Request has expired."));

    let broken = b"%PDF-1.7 and nothing else";
    let file = client.upload_bytes(broken).await;
    assert_eq!(client.call("GET", &format!("/v3/files/{file}"), None).await.1["fileStatus"], 3);
}
