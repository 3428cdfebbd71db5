//! Starting: how long it takes, and the one sentence that says why it does not.

use crate::clients::{Scratch, kept, memory};
use std::time::{Duration, Instant};
use stores::{Options, StartError, Stores};

async fn refused(options: Options) -> StartError {
    Stores::start(options).await.unwrap_err()
}

#[tokio::test]
async fn a_start_is_quick() {
    let scratch = Scratch::new();
    let mut took = Vec::new();
    for what in ["in memory", "with a new folder", "with a kept folder"] {
        let began = Instant::now();
        let stores = if what == "in memory" { memory().await } else { kept(&scratch.path()).await };
        took.push(began.elapsed());
        println!("started {what} in {:?}", began.elapsed());
        stores.shutdown().await;
    }
    assert!(took.iter().all(|took| *took < Duration::from_secs(1)), "{took:?}");
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = refused(Options { port: Some(port), ..Options::default() }).await;
    assert_eq!(error.to_string(), format!("Port {port} is in use."));
}

#[tokio::test]
async fn a_folder_serves_one_at_a_time() {
    let scratch = Scratch::new();
    let first = kept(&scratch.path()).await;
    let error = refused(Options { data: Some(scratch.path()), ..Options::default() }).await;
    let path = scratch.path().display().to_string();
    assert_eq!(error.to_string(), format!("The data folder {path} is in use by another process."));
    first.shutdown().await;
    kept(&scratch.path()).await.shutdown().await;
}

#[tokio::test]
async fn a_folder_that_is_none_is_named() {
    let scratch = Scratch::new();
    std::fs::write(scratch.path(), "a file").unwrap();
    let error = refused(Options { data: Some(scratch.path()), ..Options::default() }).await;
    let path = scratch.path();
    assert_eq!(error.to_string(), format!("{} is not a folder, so no data can be kept in it.", path.display()));
    let error = refused(Options { data: Some(path.join("below")), ..Options::default() }).await;
    assert!(matches!(error, StartError::NotAFolder(_)), "{error}");
    let error = refused(Options { data: Some("/proc/stores".into()), ..Options::default() }).await;
    assert!(error.to_string().starts_with("The data folder /proc/stores cannot be used: "), "{error}");
}

#[tokio::test]
async fn a_damaged_file_is_named() {
    for file in ["tables.sqlite", "queues-and-keys.sqlite"] {
        let scratch = Scratch::new();
        kept(&scratch.path()).await.shutdown().await;
        std::fs::write(scratch.path().join(file), "this is no database, and long enough to be read as one".repeat(100))
            .unwrap();
        let error = refused(Options { data: Some(scratch.path()), ..Options::default() }).await;
        let sentence = error.to_string();
        println!("{sentence}");
        assert!(sentence.contains(file) && sentence.contains("cannot be read back"), "{sentence}");
        assert!(!sentence.contains('\n') && !sentence.contains(". "), "{sentence}");
    }
}
