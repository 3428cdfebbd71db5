//! DynamoDB: transactions that say why they were cancelled, conditions, indexes, times to live.

use crate::clients::{TABLE, dynamodb, item, memory, put, table};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use std::sync::Arc;
use std::time::Duration;
use stores::{Options, Stores};

fn put_new(fields: &[(&str, &str)]) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(TABLE)
        .set_item(Some(item(fields)))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    TransactWriteItem::builder().put(put.build().unwrap()).build()
}

#[tokio::test]
async fn a_cancelled_transaction_tells_each_reason_and_the_item_that_was_there() {
    let stores = memory().await;
    stores.create_table(&table(), None).unwrap();
    let client = dynamodb(&stores);
    put(&client, &[("pk", "a"), ("sk", "HEAD"), ("version", "1")]).await;
    let writes = client
        .transact_write_items()
        .transact_items(put_new(&[("pk", "b"), ("sk", "HEAD")]))
        .transact_items(put_new(&[("pk", "a"), ("sk", "HEAD"), ("version", "2")]))
        .send();
    let error = writes.await.unwrap_err().into_service_error();
    let reasons = match error {
        aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(e) => {
            e.cancellation_reasons.unwrap()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(reasons[0].code(), Some("None"));
    assert_eq!(reasons[1].code(), Some("ConditionalCheckFailed"));
    assert_eq!(reasons[1].item().unwrap()["version"], AttributeValue::S("1".to_owned()));
    let absent = client.get_item().table_name(TABLE).set_key(Some(item(&[("pk", "b"), ("sk", "HEAD")]))).send().await;
    assert!(absent.unwrap().item.is_none());
    stores.shutdown().await;
}

#[tokio::test]
async fn a_transaction_puts_updates_deletes_and_checks_at_once() {
    let stores = memory().await;
    stores.create_table(&table(), None).unwrap();
    let client = dynamodb(&stores);
    put(&client, &[("pk", "a"), ("sk", "HEAD"), ("version", "1")]).await;
    put(&client, &[("pk", "s"), ("sk", "SLOT")]).await;
    put(&client, &[("pk", "c"), ("sk", "IDENTITY"), ("version", "7")]).await;
    let key = |pk: &str, sk: &str| Some(item(&[("pk", pk), ("sk", sk)]));
    let update = Update::builder()
        .table_name(TABLE)
        .set_key(key("a", "HEAD"))
        .update_expression("SET version = :new")
        .condition_expression("version = :old")
        .expression_attribute_values(":new", AttributeValue::S("2".to_owned()))
        .expression_attribute_values(":old", AttributeValue::S("1".to_owned()));
    let check = ConditionCheck::builder()
        .table_name(TABLE)
        .set_key(key("c", "IDENTITY"))
        .condition_expression("version = :v")
        .expression_attribute_values(":v", AttributeValue::S("7".to_owned()));
    let delete = Delete::builder().table_name(TABLE).set_key(key("s", "SLOT"));
    client
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().update(update.build().unwrap()).build())
        .transact_items(TransactWriteItem::builder().condition_check(check.build().unwrap()).build())
        .transact_items(TransactWriteItem::builder().delete(delete.build().unwrap()).build())
        .transact_items(put_new(&[("pk", "a"), ("sk", "EVENT#000001")]))
        .send()
        .await
        .unwrap();
    let all = client.scan().table_name(TABLE).send().await.unwrap().items.unwrap();
    let mut names: Vec<String> =
        all.iter().map(|item| format!("{}/{}", item["pk"].as_s().unwrap(), item["sk"].as_s().unwrap())).collect();
    names.sort();
    assert_eq!(names, ["a/EVENT#000001", "a/HEAD", "c/IDENTITY"]);
    stores.shutdown().await;
}

#[tokio::test]
async fn a_condition_that_fails_is_told_as_such() {
    let stores = memory().await;
    stores.create_table(&table(), None).unwrap();
    let client = dynamodb(&stores);
    put(&client, &[("pk", "a"), ("sk", "HEAD")]).await;
    let again = client
        .put_item()
        .table_name(TABLE)
        .set_item(Some(item(&[("pk", "a"), ("sk", "HEAD")])))
        .condition_expression("attribute_not_exists(pk)")
        .send();
    assert_eq!(again.await.unwrap_err().code(), Some("ConditionalCheckFailedException"));
    stores.shutdown().await;
}

#[tokio::test]
async fn an_index_answers_in_order_and_in_pages() {
    let stores = memory().await;
    stores.create_table(&table(), None).unwrap();
    let client = dynamodb(&stores);
    for (pk, customer, created) in
        [("a", "c1", "2026-03"), ("b", "c1", "2026-01"), ("c", "c2", "2026-02"), ("d", "c1", "2026-02")]
    {
        put(&client, &[("pk", pk), ("sk", "HEAD"), ("customer", customer), ("created", created)]).await;
    }
    let query = client
        .query()
        .table_name(TABLE)
        .index_name("by-customer")
        .key_condition_expression("customer = :c")
        .expression_attribute_values(":c", AttributeValue::S("c1".to_owned()))
        .scan_index_forward(false)
        .limit(2);
    let first = query.clone().send().await.unwrap();
    let rest = query.set_exclusive_start_key(first.last_evaluated_key.clone()).send().await.unwrap();
    let found: Vec<String> =
        first.items().iter().chain(rest.items()).map(|item| item["pk"].as_s().unwrap().clone()).collect();
    assert_eq!(found, ["a", "d", "b"]);
    stores.shutdown().await;
}

#[tokio::test]
async fn a_table_is_created_once_and_items_go_when_their_time_is_over() {
    let clock: contract::Clock = Arc::new(|| contract::Timestamp::from_second(2_000_000_000).unwrap());
    let stores = Stores::start(Options { clock: Some(clock), ..Options::default() }).await.unwrap();
    stores.create_table(&table(), Some("ttl")).unwrap();
    stores.create_table(&table(), Some("ttl")).unwrap();
    let client = dynamodb(&stores);
    for (pk, ttl) in [("early", "1999999000"), ("late", "2000001000")] {
        let mut fields = item(&[("pk", pk), ("sk", "KEY#1")]);
        fields.insert("ttl".to_owned(), AttributeValue::N(ttl.to_owned()));
        client.put_item().table_name(TABLE).set_item(Some(fields)).send().await.unwrap();
    }
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    let left = loop {
        let items = client.scan().table_name(TABLE).send().await.unwrap().items.unwrap();
        if items.len() < 2 || std::time::Instant::now() > deadline {
            break items;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["pk"].as_s().unwrap(), "late");
    stores.shutdown().await;
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_the_callers_mistake() {
    let stores = memory().await;
    stores.create_table(&table(), None).unwrap();
    let client = dynamodb(&stores);
    let missing = client.get_item().table_name("nowhere").set_key(Some(item(&[("pk", "a"), ("sk", "b")]))).send().await;
    assert_eq!(missing.unwrap_err().code(), Some("ResourceNotFoundException"));
    let short = client.get_item().table_name("t").set_key(Some(item(&[("pk", "a"), ("sk", "b")]))).send().await;
    assert_eq!(short.unwrap_err().code(), Some("ValidationException"));
    let partial = client.put_item().table_name(TABLE).set_item(Some(item(&[("pk", "a")]))).send().await;
    assert_eq!(partial.unwrap_err().code(), Some("ValidationException"));
    let empty = client.put_item().table_name(TABLE).set_item(Some(item(&[("pk", ""), ("sk", "b")]))).send().await;
    assert_eq!(empty.unwrap_err().code(), Some("ValidationException"));
    stores.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_at_once_are_all_counted() {
    let stores = memory().await;
    stores.create_table(&table(), None).unwrap();
    let client = dynamodb(&stores);
    let adds: Vec<_> = (0..160)
        .map(|_| {
            let add = client.update_item().table_name(TABLE).set_key(Some(item(&[("pk", "a"), ("sk", "HEAD")])));
            let add = add.update_expression("ADD seen :one");
            tokio::spawn(add.expression_attribute_values(":one", AttributeValue::N("1".to_owned())).send())
        })
        .collect();
    for add in adds {
        add.await.unwrap().unwrap();
    }
    let got = client.get_item().table_name(TABLE).set_key(Some(item(&[("pk", "a"), ("sk", "HEAD")]))).send().await;
    assert_eq!(got.unwrap().item.unwrap()["seen"], AttributeValue::N("160".to_owned()));
    stores.shutdown().await;
}
