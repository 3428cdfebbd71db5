//! From the upload to the signed document, as the protocol's callers see it.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails where it panics")]

mod support;

use hyper::StatusCode;
use serde_json::{Value, json};
use support::{COMPANY, PERSON, Receiver, VENDOR, count, enterprise, operator, pdf, personal, stage};

#[tokio::test]
async fn a_company_signs() {
    let stage = stage().await;
    let receiver = Receiver::new(0).await;
    let client = &stage.client;
    let document = pdf();
    let file = client.upload_bytes(&document).await;
    let (code, data) = client.call("GET", &format!("/v3/files/{file}?pageSize=true"), None).await;
    assert_eq!((code, &data["fileStatus"], &data["fileTotalPageCount"]), (0, &json!(2), &json!(3)));
    assert!(data["fileSize"].is_null() && data["pageWidth"].as_f64().unwrap() > 595.0);

    let flow = client.create(enterprise(&file, Some(&receiver.url))).await;
    let detail = client.detail(&flow).await;
    assert_eq!(detail["signFlowStatus"], 0);
    assert!(detail["signFlowStartTime"].is_null() && detail["copiers"].is_null());
    assert!(detail.as_object().unwrap().contains_key("copiers"), "absent parts are explicit");
    assert_eq!(client.call("POST", &format!("/v3/sign-flow/{flow}/start"), None).await.0, 0);

    let detail = client.detail(&flow).await;
    assert_eq!(detail["signFlowStatus"], 1);
    let [vendor, company] = detail["signers"].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!((&vendor["orgSigner"]["orgName"], &vendor["signStatus"]), (&json!(VENDOR), &json!(2)));
    assert!(vendor["psnSigner"].is_null() && vendor["orgSigner"]["transactor"].is_null());
    assert_eq!(vendor["signFields"][0]["signFieldStatus"], "4");
    assert_eq!((&company["orgSigner"]["orgName"], &company["signStatus"]), (&json!(COMPANY), &json!(1)));
    assert_eq!(company["orgSigner"]["transactor"]["psnName"], PERSON);
    assert_eq!(receiver.wait(1).await, ["SIGN_MISSON_COMPLETE 2"]);
    assert_eq!(receiver.arrived()[0].body["customBizNum"], "party-b");
    assert!(receiver.arrived()[0].body.get("operator").is_none());
    assert_eq!(receiver.arrived()[0].query, "contract=01J&a=%E5%90%88");

    let early = client.post(&format!("/v3/sign-flow/{flow}/file-download-url"), json!({})).await;
    assert_eq!(early.0, 1_437_518);
    let (code, link) = client.post(&format!("/v3/sign-flow/{flow}/sign-url"), operator()).await;
    assert_eq!(code, 0);
    let short = client.http.get(link["shortUrl"].as_str().unwrap()).send().await.unwrap();
    assert!(link["url"].as_str().unwrap().ends_with(short.headers()["location"].to_str().unwrap()));

    let (status, shown) = client.control("POST", &format!("flows/{flow}/sign"), json!({"x": 200.5})).await;
    assert_eq!((status, &shown["status"]), (200, &json!(2)));
    let told = receiver.wait(3).await;
    assert_eq!(told, ["SIGN_MISSON_COMPLETE 2", "SIGN_MISSON_COMPLETE 2", "SIGN_FLOW_COMPLETE \"2\""]);
    assert_eq!(receiver.arrived()[1].body["organization"]["orgName"], COMPANY);
    assert_eq!(receiver.arrived()[2].body["statusDescription"], "完成");

    let detail = client.detail(&flow).await;
    assert_eq!(detail["signFlowStatus"], 2);
    let position = &detail["signers"][1]["signFields"][0]["normalSignFieldConfig"]["signFieldPosition"];
    assert_eq!((&position["positionPage"], &position["positionX"]), (&json!("3"), &json!(200.5)));
    let signed = client.signed(&flow).await;
    assert!(signed.starts_with(&document), "what was uploaded is the first revision");
    assert_eq!(count(&signed, b"/ByteRange"), 2);
    assert!(stage.sandbox.root_pem().starts_with("-----BEGIN CERTIFICATE-----"));
    stage.sandbox.shutdown().await;
}

#[tokio::test]
async fn the_provider_judges_the_file_that_it_keeps() {
    let stage = stage().await;
    let client = &stage.client;
    let flow = client.started(None).await;
    let (code, data) = client.post(&format!("/v3/sign-flow/{flow}/file-download-url"), json!({})).await;
    assert_eq!((code, data), (1_437_518, Value::Null));
    client.control("POST", &format!("flows/{flow}/sign"), json!({})).await;
    let (_, data) = client.post(&format!("/v3/sign-flow/{flow}/file-download-url"), json!({})).await;
    let file = data["files"][0]["fileId"].as_str().unwrap().to_owned();
    let path = format!("/v3/files/{file}/verify");

    // What is changed on the way to whoever fetches it stays unseen here.
    client.faults(json!({"failNext": {"call": "fetch", "how": "tampered"}})).await;
    let spoilt = client.signed(&flow).await;
    let (code, data) = client.post(&path, json!({"signFlowId": flow})).await;
    assert_eq!(code, 0);
    let [vendor, company] = data["signInfos"].as_array().unwrap().as_slice() else { panic!("{data}") };
    assert_eq!((&vendor["cert"]["certOwner"], &company["cert"]["certOwner"]), (&json!(VENDOR), &json!(COMPANY)));
    for info in [vendor, company] {
        assert_eq!(
            (&info["signature"]["modify"], &info["signature"]["signTimeSource"]),
            (&json!(false), &json!("local"))
        );
        assert_eq!(info["signature"]["signTime"].as_str().unwrap().len(), "2026-12-09 17:46:05".len());
        assert_eq!(info["cert"]["issuerCN"], "Countersign Sandbox Issuing CA");
        assert!(info["cert"]["certSN"].as_str().unwrap().bytes().all(|digit| digit.is_ascii_digit()));
        assert!(info["cert"]["certBase64"].as_str().unwrap().starts_with("MII"));
    }

    // The changed file, uploaded by itself, is seen to be changed.
    let uploaded = client.upload_bytes(&spoilt).await;
    let (code, data) = client.post(&format!("/v3/files/{uploaded}/verify"), json!({"signFlowId": ""})).await;
    assert_eq!(code, 0);
    assert_eq!(
        [&data["signInfos"][0]["signature"]["modify"], &data["signInfos"][1]["signature"]["modify"]],
        [true, true]
    );
    let empty = client.upload().await;
    let (code, data) = client.post(&format!("/v3/files/{empty}/verify"), json!({})).await;
    assert_eq!((code, &data["signInfos"]), (0, &json!([])));

    assert_eq!(client.post(&format!("/v3/files/{empty}/verify"), json!({"signFlowId": flow})).await.0, 1_430_608);
    assert_eq!(client.post("/v3/files/unknown/verify", json!({})).await.0, 1_430_608);
    assert_eq!(client.post(&path, json!({"signFlowId": "unknown"})).await.0, 1_435_011);
    assert_eq!(client.post(&path, json!({"signFlowId": flow, "async": true})).await.0, 1_435_002);
    let waiting = client.started(None).await;
    assert_eq!(client.post(&path, json!({"signFlowId": waiting})).await.0, 1_437_518);
    client.faults(json!({"failNext": {"call": "verify", "how": "1435012"}})).await;
    assert_eq!(client.post(&path, json!({"signFlowId": flow})).await.0, 1_435_012);
    let (_, calls) = client.control("GET", "calls", json!({})).await;
    assert_eq!(calls["verify"], 9);
}

#[tokio::test]
async fn a_person_signs_and_another_name_shows() {
    let stage = stage().await;
    let client = &stage.client;
    let file = client.upload().await;
    let flow = client.create(personal(&file, None)).await;
    client.call("POST", &format!("/v3/sign-flow/{flow}/start"), None).await;
    let (status, _) = client.control("POST", &format!("flows/{flow}/sign"), json!({"signerName": "李大山"})).await;
    assert_eq!(status, 200);
    let detail = client.detail(&flow).await;
    assert_eq!(detail["signFlowStatus"], 2);
    assert_eq!(detail["signers"][1]["psnSigner"]["psnName"], "李大山");
    assert!(detail["signers"][1]["orgSigner"].is_null());
    assert_eq!(detail["signers"][0]["orgSigner"]["orgName"], VENDOR);
}

#[tokio::test]
async fn a_flow_without_automatic_finish_waits_for_it() {
    let stage = stage().await;
    let client = &stage.client;
    let file = client.upload().await;
    let mut body = enterprise(&file, None);
    body["signFlowConfig"]["autoFinish"] = json!(false);
    body["signFlowConfig"]["autoStart"] = json!(true);
    let flow = client.create(body).await;
    let finish = format!("/v3/sign-flow/{flow}/finish");
    assert_eq!(client.call("POST", &finish, None).await.0, 1_437_113);
    client.control("POST", &format!("flows/{flow}/sign"), json!({})).await;
    assert_eq!(client.detail(&flow).await["signFlowStatus"], 1);
    assert_eq!(client.call("POST", &finish, None).await.0, 0);
    assert_eq!(client.detail(&flow).await["signFlowStatus"], 2);
    assert_eq!(client.call("POST", &finish, None).await.0, 1_437_136);
}

#[tokio::test]
async fn the_sandbox_signs_as_other_programs_do() {
    let stage = stage().await;
    let client = &stage.client;
    assert_eq!(client.control("GET", "signing-style", json!({})).await, (200, json!({"style": "plain"})));
    // Signatures, those of iText, tokens on signatures, time stamps of the document.
    for (style, counts) in
        [("itext", [2, 2, 0, 0]), ("timestamped", [2, 0, 2, 0]), ("lasting", [2, 0, 2, 1]), ("plain", [2, 0, 0, 0])]
    {
        let setting = json!({"style": style});
        assert_eq!(client.control("PUT", "signing-style", setting.clone()).await, (200, setting.clone()));
        assert_eq!(client.control("GET", "signing-style", json!({})).await, (200, setting));
        let flow = client.started(None).await;
        let (status, shown) = client.control("POST", &format!("flows/{flow}/sign"), json!({})).await;
        assert_eq!((status, &shown["status"]), (200, &json!(2)), "{style}");
        let signed = client.signed(&flow).await;
        let (_, data) = client.post(&format!("/v3/sign-flow/{flow}/file-download-url"), json!({})).await;
        let path = format!("/v3/files/{}/verify", data["files"][0]["fileId"].as_str().unwrap());
        let (_, verdict) = client.post(&path, json!({"signFlowId": flow})).await;
        let infos = verdict["signInfos"].as_array().unwrap();
        assert!(infos.iter().all(|info| info["signature"]["modify"] == false), "{style}: {verdict}");
        let tokens = infos.iter().filter(|info| info["signature"]["signTimeSource"] == "tsa").count();
        let itext = count(&signed, b"adbe.pkcs7.detached");
        assert_eq!([infos.len(), itext, tokens, count(&signed, b"/DocTimeStamp")], counts, "{style}");
        let (one, two) = (count(&signed, b"(Signature1)"), count(&signed, b"(Signature2)"));
        assert_eq!((one > 0, two > 0), (style == "itext", style == "itext"), "{style}");
    }
    for wrong in [json!({}), json!({"style": "acrobat"}), json!({"style": "plain", "more": 1})] {
        assert_eq!(client.control("PUT", "signing-style", wrong).await.0, 400);
    }
}

#[tokio::test]
async fn a_seal_has_the_size_that_was_asked_for() {
    let stage = stage().await;
    let client = &stage.client;
    let file = client.upload().await;
    let mut body = enterprise(&file, None);
    for (signer, size) in
        [(0, json!({"signFieldWidth": 119, "signFieldHeight": "119"})), (1, json!({"signFieldSize": 57}))]
    {
        let config = body["signers"][signer]["signFields"][0]["normalSignFieldConfig"].as_object_mut().unwrap();
        config.extend(size.as_object().unwrap().clone());
    }
    let flow = client.create(body).await;
    client.call("POST", &format!("/v3/sign-flow/{flow}/start"), None).await;
    client.control("POST", &format!("flows/{flow}/sign"), json!({})).await;
    let document = lopdf::Document::load_mem(&client.signed(&flow).await).unwrap();
    let page = document.get_dictionary(document.get_pages()[&3]).unwrap();
    let widgets = page.get_deref(b"Annots", &document).unwrap().as_array().unwrap();
    let sizes = widgets.iter().map(|widget| {
        let rect = document.dereference(widget).unwrap().1.as_dict().unwrap().get(b"Rect").unwrap().as_array().unwrap();
        let [left, low, right, high] = [0, 1, 2, 3].map(|corner: usize| rect[corner].as_float().unwrap());
        [right - left, high - low]
    });
    assert_eq!(sizes.collect::<Vec<_>>(), [[119.0, 119.0], [57.0, 57.0]]);
}

#[tokio::test]
async fn a_seal_stays_on_the_page() {
    let stage = stage().await;
    let client = &stage.client;
    let flow = client.started(None).await;
    let sign = format!("flows/{flow}/sign");
    for place in [json!({"x": 10.0}), json!({"y": 9000}), json!({"page": 4}), json!({"page": 0}), json!({"x": "left"})]
    {
        assert_eq!(client.control("POST", &sign, place).await.0, 400);
    }
    assert_eq!(client.control("POST", &sign, json!({"signerName": " "})).await.0, 400);
    assert_eq!(client.control("POST", &sign, json!({"page": 1, "x": 100.0, "y": 100.0})).await.0, 200);
    assert_eq!(client.control("POST", &sign, json!({})).await.0, 409);
    assert_eq!(client.control("POST", "flows/unknown/sign", json!({})).await.0, 404);
}

#[tokio::test]
async fn a_decline_ends_the_flow() {
    let stage = stage().await;
    let receiver = Receiver::new(0).await;
    let client = &stage.client;
    let flow = client.started(Some(&receiver.url)).await;
    let (status, _) = client.control("POST", &format!("flows/{flow}/decline"), json!({"reason": "条款有误"})).await;
    assert_eq!(status, 200);
    let told = receiver.wait(3).await;
    assert_eq!(told[1..], ["SIGN_MISSON_COMPLETE 4".to_owned(), "SIGN_FLOW_COMPLETE \"7\"".to_owned()]);
    assert_eq!(client.detail(&flow).await["signers"][1]["signStatus"], 4);
    assert_eq!(client.post(&format!("/v3/sign-flow/{flow}/revoke"), json!({})).await.0, 1_437_203);
}

#[tokio::test]
async fn the_identity_check() {
    let stage = stage().await;
    let path = "/v2/identity/verify/individual/telecom3Factors";
    let ask = |mobile: &str| json!({"idNo": support::ID_CARD, "name": PERSON, "mobileNo": mobile});
    let (code, data) = stage.client.post(path, ask("13800138000")).await;
    assert_eq!(code, 0);
    assert_eq!(data["verifyId"].as_str().unwrap().len(), 32);
    let (code, data) = stage.client.post(path, ask("13800130001")).await;
    assert_eq!(code, 30_504_001);
    assert!(data["verifyId"].is_string());
    for wrong in
        [ask("1380013"), json!({}), json!({"idNo": 1}), json!([]), json!({"idNo": "1", "name": "a", "mobileNo": "b"})]
    {
        assert_eq!(stage.client.post(path, wrong).await.0, 30_500_101);
    }
}

#[tokio::test]
async fn the_list_of_flows() {
    let stage = stage().await;
    let client = &stage.client;
    let file = client.upload().await;
    let draft = client.create(enterprise(&file, None)).await;
    let started = client.started(None).await;
    let (_, flows) = client.control("GET", "flows", json!({})).await;
    let ids: Vec<&str> = flows.as_array().unwrap().iter().filter_map(|flow| flow["id"].as_str()).collect();
    assert_eq!(ids, [draft, started]);
    assert_eq!((&flows[0]["started"], &flows[1]["started"]), (&json!(false), &json!(true)));
    assert_eq!(flows[0]["title"], "云服务协议");
    assert_eq!(flows[0]["config"]["contractConfig"]["allowToRescind"], false);
    assert_eq!(
        flows[1]["signers"][1],
        json!({
            "order": 2, "kind": "enterprise", "name": COMPANY, "automatic": false, "status": 1, "signed": false,
        })
    );
}

#[tokio::test]
async fn callers_without_the_secret_get_401() {
    let mut stage = stage().await;
    stage.client.secret = "another".to_owned();
    let (status, answer) = stage.client.send("GET", "/v3/sign-flow/x/detail", b"").await.unwrap();
    assert_eq!((status, answer), (401, json!({"success": false, "code": 401, "message": "INVALID_SIGNATURE"})));
    let (status, answer) = stage.client.send("GET", "/v3/nowhere", b"").await.unwrap();
    assert_eq!((status, &answer["message"]), (401, &json!("INVALID_SIGNATURE")), "authorised before routed");
    let bare = stage.client.http.get(format!("{}/v3/files/x", stage.client.base)).send().await.unwrap();
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(serde_json::from_slice::<Value>(&bare.bytes().await.unwrap()).unwrap()["message"], "TOKEN_CANT_BE_NULL");
}
