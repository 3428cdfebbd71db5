//! Callbacks arrive at least once, whatever happens, and go wrong where a test wants it.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails where it panics")]

mod support;

use std::time::Duration;

use sandbox::{Sandbox, StartError};
use serde_json::json;
use support::{Receiver, enterprise, folder, operator, options, stage, stage_on};

#[tokio::test]
async fn a_refused_callback_is_sent_again() {
    let stage = stage().await;
    let receiver = Receiver::new(2).await;
    let flow = stage.client.started(Some(&receiver.url)).await;
    assert_eq!(receiver.wait(3).await, ["SIGN_MISSON_COMPLETE 2"; 3]);
    let arrived = receiver.arrived();
    assert_eq!(arrived[0].raw, arrived[2].raw, "a repeat has the first one's body");
    let shown = stage.client.until(&flow, |flow| flow["callbacksPending"] == 0).await;
    assert_eq!((&shown["callbacksSent"], &shown["callbacksDelivered"]), (&json!(3), &json!(1)));
}

#[tokio::test]
async fn at_last_it_gives_up() {
    let stage = stage().await;
    let receiver = Receiver::new(99).await;
    let flow = stage.client.started(Some(&receiver.url)).await;
    let shown = stage.client.until(&flow, |flow| flow["callbacksGivenUp"] == 1).await;
    assert_eq!(shown["callbacksSent"], 5, "the first try and four retries");
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let data = folder("restart");
    let first = stage_on(Some(&data)).await;
    let client = &first.client;
    // A port at which nobody answers, until the sandbox has been started again.
    let receiver = Receiver::new(0).await;
    let url = receiver.url.clone();
    let port = url.split([':', '/']).find_map(|part| part.parse::<u16>().ok()).unwrap();
    drop(receiver);
    let file = client.upload().await;
    let draft = client.create(enterprise(&file, None)).await;
    let mut body = enterprise(&file, Some(&url));
    body["signFlowConfig"]["autoStart"] = json!(true);
    client.faults(json!({"duplicateCallbacks": 1})).await;
    let flow = client.create(body).await;
    let (_, link) = client.post(&format!("/v3/sign-flow/{flow}/sign-url"), operator()).await;
    let root = first.sandbox.root_pem();
    drop(first);

    let receiver = Receiver::on(port, 0).await;
    let second = stage_on(Some(&data)).await;
    let client = &second.client;
    assert_eq!(second.sandbox.root_pem(), root);
    assert_eq!(receiver.wait(2).await, ["SIGN_MISSON_COMPLETE 2"; 2]);
    assert_eq!(client.control("GET", "faults", json!({})).await.1["duplicateCallbacks"], 1);
    assert_eq!(client.detail(&draft).await["signFlowStatus"], 0);
    assert_eq!(client.detail(&flow).await["signFlowStatus"], 1);
    let path = link["url"].as_str().unwrap().split_once("/sign/").unwrap().1;
    let page = client.http.get(format!("{}/sign/{path}", client.base)).send().await.unwrap();
    assert!(page.status() == 200 && page.text().await.unwrap().contains("短信登录"));
    assert_eq!(client.control("POST", &format!("flows/{flow}/sign"), json!({})).await.0, 200);
    assert_eq!(support::count(&client.signed(&flow).await, b"/ByteRange"), 2);
    assert_eq!(client.call("POST", &format!("/v3/sign-flow/{draft}/start"), None).await.0, 0);
    second.sandbox.shutdown().await;
    std::fs::remove_dir_all(data).unwrap();
}

#[tokio::test]
async fn dropped_duplicated_and_shuffled() {
    let stage = stage().await;
    let client = &stage.client;
    let receiver = Receiver::new(0).await;
    client.faults(json!({"dropCallbacks": true})).await;
    let dropped = client.started(Some(&receiver.url)).await;
    let shown = client.until(&dropped, |flow| flow["callbacksDropped"] == 1).await;
    assert_eq!(shown["callbacksSent"], 0);

    client.faults(json!({"duplicateCallbacks": 2})).await;
    let doubled = client.started(Some(&receiver.url)).await;
    assert_eq!(receiver.wait(3).await, ["SIGN_MISSON_COMPLETE 2"; 3]);
    client.until(&doubled, |flow| flow["callbacksDelivered"] == 3).await;

    client.faults(json!({"shuffleCallbacks": true})).await;
    client.control("POST", &format!("flows/{doubled}/sign"), json!({})).await;
    let told = receiver.wait(5).await;
    assert_eq!(told[3..], ["SIGN_FLOW_COMPLETE \"2\"".to_owned(), "SIGN_MISSON_COMPLETE 2".to_owned()]);
    assert_eq!(client.control("PUT", "faults", json!({"duplicateCallbacks": 99})).await.0, 400);
    assert_eq!(client.control("PUT", "faults", json!({"failNext": {"call": "dance", "how": "500"}})).await.0, 400);
}

#[tokio::test]
async fn calls_fail_as_asked() {
    let stage = stage().await;
    let client = &stage.client;
    let file = client.upload().await;
    let create = "/v3/sign-flow/create-by-file";
    let body = enterprise(&file, None).to_string();
    let flows = || async { client.control("GET", "flows", json!({})).await.1.as_array().unwrap().len() };

    client.faults(json!({"failNext": {"call": "create", "times": 1, "how": "500"}})).await;
    assert_eq!(client.send("POST", create, body.as_bytes()).await.unwrap().0, 500);
    assert_eq!(flows().await, 0);

    client.faults(json!({"failNext": {"call": "create", "how": "lost_reply"}})).await;
    assert!(client.send("POST", create, body.as_bytes()).await.is_err());
    assert_eq!(flows().await, 1, "it was done all the same");

    client.faults(json!({"failNext": {"call": "create", "how": "timeout"}})).await;
    let held = tokio::time::timeout(Duration::from_millis(400), client.send("POST", create, body.as_bytes())).await;
    assert!(held.is_err(), "no answer comes");
    assert_eq!(flows().await, 1);
    let calls = client.control("GET", "calls", json!({})).await.1;
    assert_eq!(calls, json!({"upload": 1, "put": 1, "create": 3}), "each call counts, whatever became of it");

    let flow = client.create(enterprise(&file, None)).await;
    client
        .faults(
            json!({"failNext": [{"call": "start", "how": "quota"}, {"call": "status", "times": 2, "how": "unknown"}]}),
        )
        .await;
    assert_eq!(client.post(&format!("/v3/sign-flow/{flow}/start"), json!({})).await.0, 1_435_405);
    assert_eq!(client.call("GET", &format!("/v3/sign-flow/{flow}/detail"), None).await.0, 1_435_011);
    assert_eq!(client.call("GET", &format!("/v3/sign-flow/{flow}/detail"), None).await.0, 1_435_011);
    assert_eq!(client.detail(&flow).await["signFlowStatus"], 0);
    assert_eq!(client.post(&format!("/v3/sign-flow/{flow}/start"), json!({})).await.0, 0);

    client.control("POST", &format!("flows/{flow}/sign"), json!({})).await;
    let sound = client.signed(&flow).await;
    client.faults(json!({"failNext": {"call": "download", "how": "tampered"}})).await;
    let tampered = client.signed(&flow).await;
    assert_eq!(sound.iter().zip(&tampered).filter(|(left, right)| left != right).count(), 1);
    client.faults(json!({"failNext": {"call": "download", "how": "appended"}})).await;
    let appended = client.signed(&flow).await;
    assert!(appended.len() > sound.len() && appended.starts_with(&sound));
    assert_eq!(client.signed(&flow).await, sound);
}

#[tokio::test]
async fn what_keeps_it_from_starting_is_said() {
    let stage = stage().await;
    let port = stage.client.base.rsplit(':').next().unwrap().parse().unwrap();
    let taken = Sandbox::start(sandbox::Options { port, ..options(None, &stage.ahead) }).await.unwrap_err();
    assert!(matches!(taken, StartError::PortInUse(in_use) if in_use == port));
    let file = folder("not-a-folder").join("file");
    std::fs::write(&file, "x").unwrap();
    let unfit = Sandbox::start(options(Some(&file), &stage.ahead)).await.unwrap_err();
    assert!(matches!(unfit, StartError::Data { .. }));
    let garbage = folder("garbage");
    std::fs::write(garbage.join("sandbox.sqlite"), "this is no database, and long enough to be looked at as one")
        .unwrap();
    assert!(matches!(Sandbox::start(options(Some(&garbage), &stage.ahead)).await, Err(StartError::Data { .. })));
    let without = sandbox::Options { fonts: garbage.clone(), ..options(None, &stage.ahead) };
    assert!(matches!(Sandbox::start(without).await, Err(StartError::Fonts(_))));
}
