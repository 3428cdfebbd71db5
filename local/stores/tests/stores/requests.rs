//! The seam for tests: requests counted, refused before they do anything, or answered into the void.

use crate::clients::{TABLE, dynamodb, item, memory, s3, sqs, table};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use stores::{Action, Stores};

/// Lets the first request of an operation meet `action`.
fn once(stores: &Stores, operation: &'static str, action: Action) {
    let left = AtomicU32::new(1);
    stores.on_request(Some(Arc::new(move |request| {
        let hit = request.operation == operation
            && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        if hit { action.clone() } else { Action::Pass }
    })));
}

fn count(stores: &Stores, service: &str, operation: &str) -> u64 {
    stores.counts().get(&(service.to_owned(), operation.to_owned())).copied().unwrap_or(0)
}

#[tokio::test]
async fn a_refused_request_does_nothing_and_says_why() {
    let stores = memory().await;
    stores.create_table(&table(), None).unwrap();
    let client = dynamodb(&stores);
    once(&stores, "PutItem", Action::FailBefore(400, "AccessDeniedException".to_owned()));
    let put = || client.put_item().table_name(TABLE).set_item(Some(item(&[("pk", "a"), ("sk", "HEAD")]))).send();
    assert_eq!(put().await.unwrap_err().code(), Some("AccessDeniedException"));
    assert_eq!(client.scan().table_name(TABLE).send().await.unwrap().count(), 0);
    put().await.unwrap();
    assert_eq!(client.scan().table_name(TABLE).send().await.unwrap().count(), 1);
    assert_eq!((count(&stores, "dynamodb", "PutItem"), count(&stores, "dynamodb", "Scan")), (2, 2));
    stores.shutdown().await;
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_again_by_the_client() {
    let stores = memory().await;
    stores.create_table(&table(), None).unwrap();
    let client = dynamodb(&stores);
    once(&stores, "PutItem", Action::FailBefore(500, "InternalServerError".to_owned()));
    let put = client.put_item().table_name(TABLE).set_item(Some(item(&[("pk", "a"), ("sk", "HEAD")])));
    put.send().await.unwrap();
    assert_eq!(count(&stores, "dynamodb", "PutItem"), 2);
    stores.shutdown().await;
}

#[tokio::test]
async fn a_lost_reply_comes_after_the_deed() {
    let stores = memory().await;
    let url = stores.create_queue("q", &BTreeMap::new()).unwrap().url;
    let client = sqs(&stores);
    once(&stores, "SendMessage", Action::LoseReply);
    // The client tries again, so the message is there twice.
    client.send_message().queue_url(&url).message_body("one").send().await.unwrap();
    assert_eq!(count(&stores, "sqs", "SendMessage"), 2);
    let received = client.receive_message().queue_url(&url).max_number_of_messages(10).send().await.unwrap();
    assert_eq!(received.messages().len(), 2);
    stores.shutdown().await;
}

#[tokio::test]
async fn documents_are_counted_and_refused_too() {
    let stores = memory().await;
    stores.create_bucket("drafts").unwrap();
    let client = s3(&stores);
    stores.on_request(Some(Arc::new(|request| match (request.service, request.operation) {
        ("s3", "GetObject") => Action::FailBefore(403, "AccessDenied".to_owned()),
        _ => Action::Pass,
    })));
    client.put_object().bucket("drafts").key("k").body(b"text".to_vec().into()).send().await.unwrap();
    let refused = client.get_object().bucket("drafts").key("k").send().await.unwrap_err();
    assert_eq!(refused.code(), Some("AccessDenied"));
    stores.on_request(None);
    client.get_object().bucket("drafts").key("k").send().await.unwrap();
    assert_eq!((count(&stores, "s3", "PutObject"), count(&stores, "s3", "GetObject")), (1, 2));
    stores.shutdown().await;
}
