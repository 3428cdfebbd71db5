//! Whatever was answered is there after the process was killed, at whatever moment.

use crate::clients::{Scratch, TABLE, config, dynamodb, item, kept, kms, put, s3, sqs, table};
use aws_sdk_kms::primitives::Blob;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use stores::Stores;

const FOLDER: &str = "STORES_TEST_FOLDER";
const SAYS: &str = "endpoint: ";

/// Stores in a process of their own. Not a test: the tests below run it, and kill it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it is run by the tests that kill it"]
async fn process() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let stores = kept(&folder).await;
    define(&stores);
    println!("\n{SAYS}{}", stores.endpoint());
    std::future::pending::<()>().await;
}

fn define(stores: &Stores) -> (String, String) {
    stores.create_table(&table(), Some("ttl")).unwrap();
    stores.create_bucket("drafts").unwrap();
    let attributes = BTreeMap::from([("VisibilityTimeout".to_owned(), "360".to_owned())]);
    (stores.create_queue("q", &attributes).unwrap().url, stores.create_key("data").unwrap())
}

struct Process(Child, String);

impl Process {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "survival::process", "--ignored", "--nocapture"]).env(FOLDER, folder);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let endpoint = lines.map_while(Result::ok).find_map(|line| Some(line.strip_prefix(SAYS)?.to_owned()));
        Self(child, endpoint.unwrap())
    }

    /// SIGKILL.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

async fn bodies(client: &aws_sdk_sqs::Client, url: &str) -> Vec<String> {
    let mut bodies = Vec::new();
    loop {
        let received = client.receive_message().queue_url(url).max_number_of_messages(10).send().await.unwrap();
        let messages = received.messages.unwrap_or_default();
        if messages.is_empty() {
            return bodies;
        }
        bodies.extend(messages.into_iter().map(|message| message.body.unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_answered_is_there_after_a_kill() {
    let scratch = Scratch::new();
    let process = Process::start(&scratch.path());
    let aws = config(&process.1);
    let queue = format!("{}/000000000000/q", process.1);
    put(&aws_sdk_dynamodb::Client::new(&aws), &[("pk", "a"), ("sk", "HEAD")]).await;
    let messages = aws_sdk_sqs::Client::new(&aws);
    for body in ["one", "two", "three"] {
        messages.send_message().queue_url(&queue).message_body(body).send().await.unwrap();
    }
    let taken = messages.receive_message().queue_url(&queue).send().await.unwrap();
    assert_eq!(taken.messages().len(), 1);
    let documents = aws_sdk_s3::Client::new(&aws).put_object().bucket("drafts").key("a/b.pdf");
    documents.content_type("application/pdf").if_none_match("*").body(b"text".to_vec().into()).send().await.unwrap();
    let encrypt = aws_sdk_kms::Client::new(&aws).encrypt().key_id("alias/data").plaintext(Blob::new("secret"));
    let sealed = encrypt.encryption_context("owner", "a").send().await.unwrap().ciphertext_blob.unwrap();
    process.kill();

    let stores = kept(&scratch.path()).await;
    let (url, key) = define(&stores);
    let got = dynamodb(&stores).get_item().table_name(TABLE).set_key(Some(item(&[("pk", "a"), ("sk", "HEAD")])));
    assert!(got.send().await.unwrap().item.is_some());
    assert_eq!(stores.stream_records(TABLE, None, 10).await.unwrap().0.len(), 1);
    let mut seen = bodies(&sqs(&stores), &url).await;
    seen.sort();
    assert_eq!(seen, ["one", "three", "two"]);
    let document = s3(&stores).get_object().bucket("drafts").key("a/b.pdf").send().await.unwrap();
    assert_eq!(document.content_type(), Some("application/pdf"));
    assert_eq!(document.body.collect().await.unwrap().to_vec(), b"text");
    let opened =
        kms(&stores).decrypt().key_id(key).ciphertext_blob(sealed).encryption_context("owner", "a").send().await;
    assert_eq!(opened.unwrap().plaintext.unwrap().as_ref(), b"secret");
    stores.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_midst_of_writing_loses_nothing_answered() {
    let scratch = Scratch::new();
    let mut answered = BTreeSet::new();
    for round in 0..3 {
        let process = Process::start(&scratch.path());
        let (aws, queue) = (config(&process.1), format!("{}/000000000000/q", process.1));
        let writers = (0..4).map(|writer| {
            let (aws, queue) = (aws.clone(), queue.clone());
            tokio::spawn(async move {
                let (items, messages) = (aws_sdk_dynamodb::Client::new(&aws), aws_sdk_sqs::Client::new(&aws));
                let documents = aws_sdk_s3::Client::new(&aws);
                let mut answered = Vec::new();
                for number in 0.. {
                    let name = format!("{round}-{writer}-{number}");
                    let fields = item(&[("pk", &name), ("sk", "HEAD")]);
                    let put = items.put_item().table_name(TABLE).set_item(Some(fields)).send().await.is_ok();
                    let sent =
                        put && messages.send_message().queue_url(&queue).message_body(&name).send().await.is_ok();
                    let document = documents.put_object().bucket("drafts").key(format!("{name}/a.pdf"));
                    let document = document.content_type("application/pdf").body(name.clone().into_bytes().into());
                    if !sent || document.send().await.is_err() {
                        break;
                    }
                    answered.push(name);
                }
                answered
            })
        });
        let writers: Vec<_> = writers.collect();
        tokio::time::sleep(Duration::from_millis(600)).await;
        process.kill();
        for writer in writers {
            answered.extend(writer.await.unwrap());
        }
    }
    assert!(answered.len() > 10, "{}", answered.len());
    println!("{} answered", answered.len());

    let stores = kept(&scratch.path()).await;
    let (url, _) = define(&stores);
    let sent: BTreeSet<String> = bodies(&sqs(&stores), &url).await.into_iter().collect();
    assert!(answered.is_subset(&sent));
    let mut streamed = BTreeSet::new();
    let mut position = None;
    loop {
        let (records, next) = stores.stream_records(TABLE, position.as_deref(), 1000).await.unwrap();
        if records.is_empty() {
            break;
        }
        position = next;
        streamed.extend(
            records.iter().map(|record| record.pointer("/dynamodb/Keys/pk/S").unwrap().as_str().unwrap().to_owned()),
        );
    }
    assert!(answered.is_subset(&streamed));
    let client = s3(&stores);
    let objects = client.list_objects_v2().bucket("drafts").into_paginator().send();
    let mut objects = std::pin::pin!(objects);
    let mut kept = BTreeSet::new();
    while let Some(page) = objects.next().await {
        kept.extend(page.unwrap().contents().iter().map(|object| object.key().unwrap().to_owned()));
    }
    for name in &answered {
        assert!(kept.contains(&format!("{name}/a.pdf")), "{name}");
    }
    // An object that is there is whole, whether it was answered for or not.
    for key in &kept {
        let head = client.head_object().bucket("drafts").key(key).send().await.unwrap();
        assert_eq!(head.content_type(), Some("application/pdf"), "{key}");
    }
    stores.shutdown().await;
}
