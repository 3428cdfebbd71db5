//! S3: objects come back as they were put, signed addresses are checked, and what is there is not overwritten unasked.

use crate::clients::{Scratch, kept, memory, s3};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use std::time::{Duration, SystemTime};
use stores::Stores;

const BUCKET: &str = "drafts";
const KEY: &str = "drafts/01ARZ3NDEKTSV4RRFFQ69G5FAV/0f.pdf";

async fn with_document(stores: &Stores) -> Client {
    stores.create_bucket(BUCKET).unwrap();
    stores.create_bucket(BUCKET).unwrap();
    let client = s3(stores);
    put(&client, KEY, b"%PDF-1.7 text").await;
    client
}

async fn put(client: &Client, key: &str, body: &'static [u8]) {
    client
        .put_object()
        .bucket(BUCKET)
        .key(key)
        .content_type("application/pdf")
        .content_disposition("inline; filename=\"CS-2026-1.pdf\"")
        .metadata("contract", "one")
        .if_none_match("*")
        .body(ByteStream::from_static(body))
        .send()
        .await
        .unwrap();
}

/// A signed address of the document, signed so long ago and good for five minutes.
async fn address(client: &Client, age: Duration, disposition: Option<&str>) -> String {
    let signing = PresigningConfig::builder().start_time(SystemTime::now() - age).expires_in(Duration::from_secs(300));
    let request = client.get_object().bucket(BUCKET).key(KEY);
    let request = request.set_response_content_disposition(disposition.map(str::to_owned));
    request.presigned(signing.build().unwrap()).await.unwrap().uri().to_owned()
}

#[tokio::test]
async fn an_object_comes_back_with_all_that_was_said_of_it() {
    let scratch = Scratch::new();
    let stores = kept(&scratch.path()).await;
    with_document(&stores).await;
    stores.shutdown().await;

    let stores = kept(&scratch.path()).await;
    let client = s3(&stores);
    let got = client.get_object().bucket(BUCKET).key(KEY).send().await.unwrap();
    assert_eq!(got.content_type(), Some("application/pdf"));
    assert_eq!(got.content_disposition(), Some("inline; filename=\"CS-2026-1.pdf\""));
    assert_eq!(got.metadata().unwrap()["contract"], "one");
    assert_eq!(&got.body.collect().await.unwrap().to_vec(), b"%PDF-1.7 text");
    let head = client.head_object().bucket(BUCKET).key(KEY).send().await.unwrap();
    assert_eq!(head.content_length(), Some(13));
    let listed = client.list_objects_v2().bucket(BUCKET).prefix("drafts/").send().await.unwrap();
    assert_eq!(listed.contents()[0].key(), Some(KEY));
    let missing = client.get_object().bucket(BUCKET).key("drafts/none").send().await.unwrap_err();
    assert_eq!(missing.code(), Some("NoSuchKey"));
    stores.shutdown().await;
}

#[tokio::test]
async fn an_object_that_is_there_is_not_overwritten_unasked() {
    let stores = memory().await;
    let client = with_document(&stores).await;
    let again = client.put_object().bucket(BUCKET).key(KEY).if_none_match("*").body(ByteStream::from_static(b"other"));
    let error = again.send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 412);

    // Of many that want to be the first, one is.
    let at_once = (0..16).map(|number| {
        let body = ByteStream::from(format!("{number}").into_bytes());
        let put = client.put_object().bucket(BUCKET).key("race").if_none_match("*").body(body);
        tokio::spawn(put.send())
    });
    let mut won = 0;
    for put in at_once.collect::<Vec<_>>() {
        won += i32::from(put.await.unwrap().is_ok());
    }
    assert_eq!(won, 1);
    stores.shutdown().await;
}

#[tokio::test]
async fn a_signed_address_works_in_a_browser() {
    let stores = memory().await;
    let client = with_document(&stores).await;
    let address = address(&client, Duration::ZERO, None).await;
    assert!(address.starts_with(&stores.endpoint()), "{address}");
    let got = reqwest::Client::new().get(&address).header("origin", "http://127.0.0.1:8080").send().await.unwrap();
    assert_eq!(got.status(), 200);
    assert_eq!(got.headers()["content-type"], "application/pdf");
    assert_eq!(got.headers()["content-disposition"], "inline; filename=\"CS-2026-1.pdf\"");
    assert_eq!(got.headers()["access-control-allow-origin"], "*");
    assert_eq!(got.bytes().await.unwrap().as_ref(), b"%PDF-1.7 text");
    stores.shutdown().await;
}

#[tokio::test]
async fn a_signed_address_may_ask_for_another_disposition() {
    let stores = memory().await;
    let client = with_document(&stores).await;
    let address = address(&client, Duration::ZERO, Some("attachment; filename=\"a.pdf\"")).await;
    let got = reqwest::get(&address).await.unwrap();
    assert_eq!(got.status(), 200);
    assert_eq!(got.headers()["content-disposition"], "attachment; filename=\"a.pdf\"");
    stores.shutdown().await;
}

#[tokio::test]
async fn a_signed_address_that_is_old_or_changed_is_refused() {
    let stores = memory().await;
    let client = with_document(&stores).await;
    put(&client, "drafts/other.pdf", b"not for you").await;
    let good = address(&client, Duration::ZERO, None).await;
    let old = address(&client, Duration::from_secs(400), None).await;
    let changed = [
        old,
        good.replace(KEY, "drafts/other.pdf"),
        good.replace("X-Amz-Expires=300", "X-Amz-Expires=3000"),
        format!("{good}&response-content-type=text%2Fhtml"),
        good.replace("X-Amz-Signature=", "X-Amz-Signature=0"),
        format!("{good}x"),
        good.replace("X-Amz-Signature=", "X-Amz-Signature=00").split_at(good.len()).0.to_owned(),
    ];
    for address in changed {
        assert_eq!(reqwest::get(&address).await.unwrap().status(), 403, "{address}");
    }
    let unsigned = good.split('?').next().unwrap();
    assert_eq!(reqwest::get(unsigned).await.unwrap().status(), 403);
    stores.shutdown().await;
}
