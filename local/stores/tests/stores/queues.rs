//! SQS: visibility, long polling, dead letters and their way back, batches, and what a send costs with many messages waiting.

use crate::clients::{Scratch, kept, memory, sqs};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message, MessageAttributeValue,
    MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use stores::Stores;

fn attributes(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn queue(stores: &Stores, name: &str, pairs: &[(&str, &str)]) -> String {
    stores.create_queue(name, &attributes(pairs)).unwrap().url
}

async fn send(client: &Client, url: &str, body: &str) {
    client.send_message().queue_url(url).message_body(body).send().await.unwrap();
}

async fn receive(client: &Client, url: &str, wait: i32) -> Vec<Message> {
    let request = client.receive_message().queue_url(url).max_number_of_messages(10).wait_time_seconds(wait);
    let request =
        request.message_system_attribute_names(MessageSystemAttributeName::All).message_attribute_names("All");
    request.send().await.unwrap().messages.unwrap_or_default()
}

fn attribute<'a>(message: &'a Message, name: &MessageSystemAttributeName) -> Option<&'a str> {
    message.attributes()?.get(name).map(String::as_str)
}

async fn count(client: &Client, url: &str, name: QueueAttributeName) -> String {
    let told =
        client.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All).send().await.unwrap();
    told.attributes.unwrap()[&name].clone()
}

#[tokio::test]
async fn a_received_message_comes_back_after_its_visibility_timeout() {
    let stores = memory().await;
    let client = sqs(&stores);
    let url = queue(&stores, "q", &[("VisibilityTimeout", "1")]);
    send(&client, &url, "one").await;
    let first = receive(&client, &url, 0).await;
    assert_eq!(first[0].body(), Some("one"));
    assert_eq!(attribute(&first[0], &MessageSystemAttributeName::ApproximateReceiveCount), Some("1"));
    assert_eq!(receive(&client, &url, 0).await, []);
    assert_eq!(count(&client, &url, QueueAttributeName::ApproximateNumberOfMessagesNotVisible).await, "1");
    let began = Instant::now();
    let second = receive(&client, &url, 5).await;
    assert_eq!(attribute(&second[0], &MessageSystemAttributeName::ApproximateReceiveCount), Some("2"));
    assert!((700..2000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    // The first handle is not the newest any more, and deletes nothing.
    let delete = |message: &Message| {
        client.delete_message().queue_url(&url).set_receipt_handle(message.receipt_handle.clone()).send()
    };
    delete(&first[0]).await.unwrap();
    assert_eq!(count(&client, &url, QueueAttributeName::ApproximateNumberOfMessagesNotVisible).await, "1");
    delete(&second[0]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(receive(&client, &url, 0).await, []);
    stores.shutdown().await;
}

#[tokio::test]
async fn visibility_can_be_changed_while_in_flight_only() {
    let stores = memory().await;
    let client = sqs(&stores);
    let url = queue(&stores, "q", &[("VisibilityTimeout", "300")]);
    send(&client, &url, "one").await;
    let message = receive(&client, &url, 0).await.remove(0);
    let change = |seconds| {
        let handle = message.receipt_handle.clone();
        client.change_message_visibility().queue_url(&url).set_receipt_handle(handle).visibility_timeout(seconds).send()
    };
    change(0).await.unwrap();
    assert_eq!(change(10).await.unwrap_err().code(), Some("MessageNotInflight"));
    assert_eq!(receive(&client, &url, 0).await.len(), 1);
    assert_eq!(change(10).await.unwrap_err().code(), Some("InvalidParameterValue"));
    let bad = client.delete_message().queue_url(&url).receipt_handle("nonsense").send().await.unwrap_err();
    assert_eq!(bad.code(), Some("ReceiptHandleIsInvalid"));
    stores.shutdown().await;
}

#[tokio::test]
async fn a_waiting_receiver_gets_a_message_at_once_and_a_delayed_one_when_it_is_due() {
    let stores = memory().await;
    let client = sqs(&stores);
    let url = queue(&stores, "q", &[]);
    let (waiting, address) = (client.clone(), url.clone());
    let receiver = tokio::spawn(async move { (receive(&waiting, &address, 10).await, Instant::now()) });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let sent = Instant::now();
    send(&client, &url, "one").await;
    let (messages, at) = receiver.await.unwrap();
    assert_eq!(messages.len(), 1);
    assert!(at - sent < Duration::from_millis(200), "{:?}", at - sent);

    client.send_message().queue_url(&url).message_body("later").delay_seconds(1).send().await.unwrap();
    assert_eq!(count(&client, &url, QueueAttributeName::ApproximateNumberOfMessagesDelayed).await, "1");
    assert_eq!(receive(&client, &url, 0).await, []);
    assert_eq!(receive(&client, &url, 5).await[0].body(), Some("later"));
    let began = Instant::now();
    assert_eq!(receive(&client, &url, 1).await, []);
    assert!(began.elapsed() >= Duration::from_millis(990));
    stores.shutdown().await;
}

#[tokio::test]
async fn a_stop_ends_waiting_at_once() {
    let stores = memory().await;
    let (client, url) = (sqs(&stores), queue(&stores, "q", &[]));
    let receiver = tokio::spawn(async move { receive(&client, &url, 20).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    stores.shutdown().await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(receiver.await.unwrap(), []);
}

#[tokio::test]
async fn a_message_received_too_often_goes_to_the_dead_letters_and_can_be_sent_back() {
    let stores = memory().await;
    let client = sqs(&stores);
    let dead = stores.create_queue("dead", &BTreeMap::new()).unwrap();
    let policy = json!({ "deadLetterTargetArn": dead.arn, "maxReceiveCount": 2 }).to_string();
    let url = queue(&stores, "q", &[("RedrivePolicy", &policy), ("VisibilityTimeout", "0")]);
    send(&client, &url, "poison").await;
    for _ in 0..2 {
        assert_eq!(receive(&client, &url, 0).await.len(), 1);
    }
    assert_eq!(receive(&client, &url, 0).await, []);
    let buried = client.receive_message().queue_url(&dead.url).visibility_timeout(0);
    let buried = buried.message_system_attribute_names(MessageSystemAttributeName::All).send().await.unwrap();
    let buried = buried.messages.unwrap().remove(0);
    assert_eq!(buried.body(), Some("poison"));
    let source = attribute(&buried, &MessageSystemAttributeName::DeadLetterQueueSourceArn);
    assert_eq!(source, Some("arn:aws:sqs:us-east-1:000000000000:q"));

    let task = client.start_message_move_task().source_arn(&dead.arn).send().await.unwrap();
    assert!(task.task_handle.is_some());
    let back = receive(&client, &url, 0).await;
    assert_eq!(back[0].body(), Some("poison"));
    assert_eq!(attribute(&back[0], &MessageSystemAttributeName::ApproximateReceiveCount), Some("1"));
    assert_ne!(back[0].message_id, buried.message_id);
    assert_eq!(receive(&client, &dead.url, 0).await, []);
    let none = client.start_message_move_task().source_arn("arn:aws:sqs:us-east-1:000000000000:none").send().await;
    assert_eq!(none.unwrap_err().code(), Some("ResourceNotFoundException"));
    stores.shutdown().await;
}

#[tokio::test]
async fn batches_tell_what_succeeded_and_what_failed() {
    let stores = memory().await;
    let client = sqs(&stores);
    let url = queue(&stores, "q", &[]);
    let entry =
        |id: &str, body: &str| SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap();
    let sent = client.send_message_batch().queue_url(&url).entries(entry("a", "one")).entries(entry("b", "bad\u{1}"));
    let sent = sent.entries(entry("c", "three")).send().await.unwrap();
    assert_eq!(
        sent.successful().iter().map(aws_sdk_sqs::types::SendMessageBatchResultEntry::id).collect::<Vec<_>>(),
        ["a", "c"]
    );
    assert_eq!((sent.failed()[0].id(), sent.failed()[0].code()), ("b", "InvalidMessageContents"));
    let received = receive(&client, &url, 0).await;
    assert_eq!(received.len(), 2);
    let delete = |id: &str, handle: &str| {
        DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle).build().unwrap()
    };
    let deleted = client.delete_message_batch().queue_url(&url);
    let deleted = deleted.entries(delete("a", received[0].receipt_handle().unwrap())).entries(delete("b", "nonsense"));
    let deleted = deleted.send().await.unwrap();
    assert_eq!(deleted.successful()[0].id(), "a");
    assert_eq!((deleted.failed()[0].id(), deleted.failed()[0].code()), ("b", "ReceiptHandleIsInvalid"));
    let twice =
        client.send_message_batch().queue_url(&url).entries(entry("a", "1")).entries(entry("a", "2")).send().await;
    assert_eq!(twice.unwrap_err().code(), Some("BatchEntryIdsNotDistinct"));
    let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id("a").receipt_handle("x").build().unwrap();
    let unknown = client.change_message_visibility_batch().queue_url(&url).entries(entry).send().await.unwrap_err();
    assert_eq!(unknown.code(), Some("UnknownOperationException"));
    stores.shutdown().await;
}

#[tokio::test]
async fn attributes_of_messages_and_queues_come_back() {
    let stores = memory().await;
    let client = sqs(&stores);
    let made =
        client.create_queue().queue_name("q").attributes(QueueAttributeName::VisibilityTimeout, "77").send().await;
    let url = made.unwrap().queue_url.unwrap();
    assert_eq!(client.get_queue_url().queue_name("q").send().await.unwrap().queue_url.unwrap(), url);
    assert_eq!(count(&client, &url, QueueAttributeName::VisibilityTimeout).await, "77");
    assert_eq!(count(&client, &url, QueueAttributeName::QueueArn).await, "arn:aws:sqs:us-east-1:000000000000:q");
    let other =
        client.create_queue().queue_name("q").attributes(QueueAttributeName::VisibilityTimeout, "78").send().await;
    assert_eq!(other.unwrap_err().code(), Some("QueueNameExists"));
    assert_eq!(queue(&stores, "q", &[("VisibilityTimeout", "79")]), url);
    assert_eq!(count(&client, &url, QueueAttributeName::VisibilityTimeout).await, "79");
    let missing = client.get_queue_url().queue_name("none").send().await.unwrap_err();
    assert_eq!(missing.code(), Some("QueueDoesNotExist"));

    let text = MessageAttributeValue::builder().data_type("String").string_value("v").build().unwrap();
    let sent =
        client.send_message().queue_url(&url).message_body("b").message_attributes("n", text).send().await.unwrap();
    let message = receive(&client, &url, 0).await.remove(0);
    assert_eq!(message.md5_of_body(), Some("92eb5ffee6ae2fec3ad71c777531578f"));
    // MD5 of the lengths and texts of `n` and `String`, the byte 1 for a text, and the length and text of `v`.
    assert_eq!(message.md5_of_message_attributes(), Some("f4b238699da710fd012839c16c09f1ca"));
    assert_eq!(sent.md5_of_message_attributes(), message.md5_of_message_attributes());
    assert_eq!(message.message_attributes().unwrap()["n"].string_value(), Some("v"));
    stores.shutdown().await;
}

#[tokio::test]
async fn what_waits_and_what_was_in_flight_is_there_after_a_restart() {
    let scratch = Scratch::new();
    let stores = kept(&scratch.path()).await;
    let url = queue(&stores, "q", &[("VisibilityTimeout", "360")]);
    let client = sqs(&stores);
    for body in ["one", "two", "three"] {
        send(&client, &url, body).await;
    }
    client.send_message().queue_url(&url).message_body("delayed").delay_seconds(900).send().await.unwrap();
    let taken = client.receive_message().queue_url(&url).max_number_of_messages(1).send().await.unwrap();
    assert_eq!(taken.messages()[0].body(), Some("one"));
    stores.shutdown().await;

    let stores = kept(&scratch.path()).await;
    // The address of the earlier start is still good, whatever the port is now.
    let messages = receive(&sqs(&stores), &url, 0).await;
    let mut seen: Vec<(&str, &str)> = messages
        .iter()
        .map(|message| {
            let receives = attribute(message, &MessageSystemAttributeName::ApproximateReceiveCount);
            (message.body().unwrap(), receives.unwrap())
        })
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, [("one", "2"), ("three", "1"), ("two", "1")]);
    stores.shutdown().await;
}

#[tokio::test]
async fn a_send_costs_little_with_ten_thousand_messages_waiting() {
    let scratch = Scratch::new();
    let stores = kept(&scratch.path()).await;
    let client = sqs(&stores);
    let dead = stores.create_queue("dead", &BTreeMap::new()).unwrap();
    let policy = json!({ "deadLetterTargetArn": dead.arn, "maxReceiveCount": 5 }).to_string();
    let url = queue(&stores, "q", &[("RedrivePolicy", &policy)]);
    for batch in 0..1000 {
        let entries = (0..10).map(|at| {
            let body = json!({ "contract": format!("01ARZ3NDEKTSV4RRFFQ69G{batch:04}{at}") }).to_string();
            SendMessageBatchRequestEntry::builder().id(at.to_string()).message_body(body).build().unwrap()
        });
        client.send_message_batch().queue_url(&url).set_entries(Some(entries.collect())).send().await.unwrap();
    }
    let mut cost = BTreeMap::new();
    for _ in 0..200 {
        let began = Instant::now();
        send(&client, &url, "{\"contract\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"}").await;
        cost.entry("send").or_insert_with(Vec::new).push(began.elapsed());
        let began = Instant::now();
        let received = client.receive_message().queue_url(&url).send().await.unwrap().messages.unwrap().remove(0);
        cost.entry("receive").or_insert_with(Vec::new).push(began.elapsed());
        let began = Instant::now();
        client.delete_message().queue_url(&url).set_receipt_handle(received.receipt_handle).send().await.unwrap();
        cost.entry("delete").or_insert_with(Vec::new).push(began.elapsed());
    }
    for (what, times) in &mut cost {
        times.sort();
        println!("{what}: median {:?}, 99 of 100 under {:?}", times[100], times[197]);
        // Over the wire and in a debug build; the bound leaves room for a busy machine.
        assert!(times[100] < Duration::from_millis(10), "{what}: {:?}", times[100]);
    }
    stores.shutdown().await;
}
