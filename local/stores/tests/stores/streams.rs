//! A table's stream: order, positions that stay good, and how soon a change is there.

use crate::clients::{Scratch, TABLE, dynamodb, kept, memory, put, table};
use serde_json::Value;
use std::time::{Duration, Instant};

fn keys(records: &[Value]) -> Vec<&str> {
    records.iter().map(|record| record.pointer("/dynamodb/Keys/pk/S").and_then(Value::as_str).unwrap()).collect()
}

#[tokio::test]
async fn records_come_in_order_and_from_where_the_follower_left_off() {
    let stores = memory().await;
    stores.create_table(&table(), None).unwrap();
    let client = dynamodb(&stores);
    assert_eq!(stores.stream_records(TABLE, None, 10).await.unwrap(), (Vec::new(), None));
    for pk in ["a", "b", "c"] {
        put(&client, &[("pk", pk), ("sk", "EVENT#000001")]).await;
    }
    put(&client, &[("pk", "a"), ("sk", "EVENT#000001"), ("changed", "yes")]).await;
    let (first, position) = stores.stream_records(TABLE, None, 2).await.unwrap();
    assert_eq!(keys(&first), ["a", "b"]);
    let (rest, last) = stores.stream_records(TABLE, position.as_deref(), 10).await.unwrap();
    assert_eq!(keys(&rest), ["c", "a"]);
    assert_eq!(rest[1]["eventName"], "MODIFY");
    assert_eq!(rest[1].pointer("/dynamodb/NewImage/changed/S").unwrap(), "yes");
    assert_eq!(rest[1]["awsRegion"], stores::REGION);
    assert_eq!(rest[1].pointer("/dynamodb/SequenceNumber").and_then(Value::as_str), last.as_deref());
    assert_eq!(stores.stream_records(TABLE, last.as_deref(), 10).await.unwrap(), (Vec::new(), last.clone()));
    put(&client, &[("pk", "d"), ("sk", "HEAD")]).await;
    assert_eq!(keys(&stores.stream_records(TABLE, last.as_deref(), 10).await.unwrap().0), ["d"]);
    assert!(stores.stream_records("nowhere", None, 10).await.is_err());
    assert!(stores.stream_records(TABLE, Some("nonsense"), 10).await.is_err());
    stores.shutdown().await;
}

#[tokio::test]
async fn a_position_stays_good_across_a_restart() {
    let scratch = Scratch::new();
    let stores = kept(&scratch.path()).await;
    stores.create_table(&table(), Some("ttl")).unwrap();
    put(&dynamodb(&stores), &[("pk", "a"), ("sk", "HEAD")]).await;
    let (_, position) = stores.stream_records(TABLE, None, 10).await.unwrap();
    put(&dynamodb(&stores), &[("pk", "b"), ("sk", "HEAD")]).await;
    stores.shutdown().await;

    let stores = kept(&scratch.path()).await;
    stores.create_table(&table(), Some("ttl")).unwrap();
    put(&dynamodb(&stores), &[("pk", "c"), ("sk", "HEAD")]).await;
    let (records, _) = stores.stream_records(TABLE, position.as_deref(), 10).await.unwrap();
    assert_eq!(keys(&records), ["b", "c"]);
    stores.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_is_woken_by_a_change() {
    let stores = memory().await;
    stores.create_table(&table(), None).unwrap();
    let mut stream = stores.stream(TABLE);
    let follower = tokio::spawn(async move {
        let mut seen = Vec::new();
        let mut position = None;
        while seen.len() < 20 {
            stream.changed().await;
            let (records, next) = stream.read(position.as_deref(), 100).await.unwrap();
            position = next;
            seen.extend(records.iter().map(|_| Instant::now()));
        }
        seen
    });
    let client = dynamodb(&stores);
    let mut written = Vec::new();
    for number in 0..20 {
        written.push(Instant::now());
        put(&client, &[("pk", &number.to_string()), ("sk", "HEAD")]).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let seen = tokio::time::timeout(Duration::from_secs(10), follower).await.unwrap().unwrap();
    let mut delays: Vec<Duration> = seen.iter().zip(&written).map(|(seen, written)| *seen - *written).collect();
    delays.sort();
    println!("from the request to the follower: median {:?}, longest {:?}", delays[10], delays[19]);
    assert!(delays[10] < Duration::from_millis(100), "{delays:?}");
    stores.shutdown().await;
}

#[tokio::test]
async fn a_long_stream_does_not_slow_writes_down() {
    for folder in [None, Some(Scratch::new())] {
        let stores = match &folder {
            Some(scratch) => kept(&scratch.path()).await,
            None => memory().await,
        };
        stores.create_table(&table(), None).unwrap();
        let client = dynamodb(&stores);
        let body = "x".repeat(2000);
        let mut took = Vec::new();
        for number in 0..1200 {
            let began = Instant::now();
            put(&client, &[("pk", &number.to_string()), ("sk", "HEAD"), ("body", &body)]).await;
            took.push(began.elapsed());
        }
        let (early, late): (Duration, Duration) = (took[100..300].iter().sum(), took[1000..].iter().sum());
        println!("kept {}: a write took {:?} early, {:?} after 1000", folder.is_some(), early / 200, late / 200);
        assert!(late < early * 3, "{early:?} {late:?}");
        stores.shutdown().await;
    }
}
