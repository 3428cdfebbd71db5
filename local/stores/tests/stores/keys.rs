//! KMS: what was encrypted opens with the same key and context only, also after a restart.

use crate::clients::{Scratch, kept, kms, memory};
use aws_sdk_kms::error::ProvideErrorMetadata;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;

#[tokio::test]
async fn a_text_opens_with_its_context_only_and_after_a_restart() {
    let scratch = Scratch::new();
    let stores = kept(&scratch.path()).await;
    let key = stores.create_key("data").unwrap();
    let encrypted =
        kms(&stores).encrypt().key_id(&key).plaintext(Blob::new("text")).encryption_context("owner", "a").send().await;
    let blob = encrypted.unwrap().ciphertext_blob.unwrap();
    stores.shutdown().await;

    let stores = kept(&scratch.path()).await;
    assert_eq!(stores.create_key("data").unwrap(), key);
    let client = kms(&stores);
    let decrypt = || client.decrypt().ciphertext_blob(blob.clone());
    for key in [key.clone(), "alias/data".to_owned()] {
        let opened = decrypt().key_id(key).encryption_context("owner", "a").send().await.unwrap();
        assert_eq!(opened.plaintext.unwrap().as_ref(), b"text");
    }
    let wrong = decrypt().encryption_context("owner", "b").send().await.unwrap_err();
    assert_eq!(wrong.code(), Some("InvalidCiphertextException"));
    let none = decrypt().send().await.unwrap_err();
    assert_eq!(none.code(), Some("InvalidCiphertextException"));
    let other = stores.create_key("other").unwrap();
    let other = decrypt().key_id(other).encryption_context("owner", "a").send().await.unwrap_err();
    assert_eq!(other.code(), Some("IncorrectKeyException"));
    stores.shutdown().await;
}

#[tokio::test]
async fn keys_are_made_described_and_found_by_alias() {
    let stores = memory().await;
    let client = kms(&stores);
    let made = client.create_key().description("for data").send().await.unwrap().key_metadata.unwrap();
    client.create_alias().alias_name("alias/data").target_key_id(&made.key_id).send().await.unwrap();
    let arn = made.arn.unwrap();
    for name in ["alias/data", &made.key_id, &arn] {
        let found = client.describe_key().key_id(name).send().await.unwrap().key_metadata.unwrap();
        assert_eq!((found.key_id, found.description.as_deref()), (made.key_id.clone(), Some("for data")));
    }
    assert_eq!(stores.create_key("data").unwrap(), made.key_id);
    let missing = client.describe_key().key_id("alias/none").send().await.unwrap_err();
    assert_eq!(missing.code(), Some("NotFoundException"));
    let long = client.encrypt().key_id(&made.key_id).plaintext(Blob::new(vec![0; 4097])).send().await.unwrap_err();
    assert_eq!(long.code(), Some("ValidationException"));
    stores.shutdown().await;
}

#[tokio::test]
async fn a_data_key_is_given_open_and_sealed() {
    let stores = memory().await;
    let client = kms(&stores);
    let key = stores.create_key("data").unwrap();
    let made = client.generate_data_key().key_id(&key).key_spec(DataKeySpec::Aes256).encryption_context("owner", "a");
    let made = made.send().await.unwrap();
    let plain = made.plaintext.unwrap();
    assert_eq!(plain.as_ref().len(), 32);
    let opened = client.decrypt().ciphertext_blob(made.ciphertext_blob.unwrap()).encryption_context("owner", "a");
    assert_eq!(opened.send().await.unwrap().plaintext.unwrap().as_ref(), plain.as_ref());
    stores.shutdown().await;
}
