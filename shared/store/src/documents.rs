//! Documents in a bucket, written once under a name that carries their SHA-256.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::{Client, presigning::PresigningConfig, primitives::ByteStream};
use contract::{ContractId, ContractNumber, Sha256, Timestamp};

use crate::{Failure, failure::unavailable};

/// How long a link to a document works.
const LINK_SECONDS: u64 = 300;

/// One bucket of PDFs. Cheap to clone.
#[derive(Clone)]
pub struct Documents {
    client: Client,
    bucket: String,
    prefix: &'static str,
    disposition: &'static str,
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Documents({}/{})", self.bucket, self.prefix)
    }
}

/// A short-lived link.
#[derive(Clone, Debug)]
pub struct Link {
    pub url: String,
    pub expires_at: Timestamp,
}

impl Documents {
    /// `drafts/{id}/{sha256}.pdf`, shown in the browser.
    #[must_use]
    pub fn drafts(aws: &SdkConfig, bucket: String) -> Self {
        Self { client: Client::new(aws), bucket, prefix: "drafts", disposition: "inline" }
    }

    /// `signed/{id}/{sha256}.pdf`, saved by the browser.
    #[must_use]
    pub fn archive(aws: &SdkConfig, bucket: String) -> Self {
        Self { client: Client::new(aws), bucket, prefix: "signed", disposition: "attachment" }
    }

    /// `held/{id}/{sha256}.pdf`: what came back as the signed PDF and does not hold, or cannot be judged here. The browser saves it and
    /// does not open it.
    #[must_use]
    pub fn held(aws: &SdkConfig, bucket: String) -> Self {
        Self { client: Client::new(aws), bucket, prefix: "held", disposition: "attachment" }
    }

    fn key(&self, id: ContractId, sha256: &Sha256) -> String {
        format!("{}/{id}/{sha256}.pdf", self.prefix)
    }

    /// Keeps a document and gives its SHA-256. The same bytes again change nothing.
    pub async fn put(&self, id: ContractId, number: &ContractNumber, pdf: Vec<u8>) -> Result<Sha256, Failure> {
        let sha256 = Sha256::of(&pdf);
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(self.key(id, &sha256))
            .content_type("application/pdf")
            .content_disposition(format!("{}; filename=\"{number}.pdf\"", self.disposition))
            .if_none_match("*")
            .body(ByteStream::from(pdf));
        match put.send().await {
            Ok(_) => Ok(sha256),
            // It is there already, and what is there has the same digest in its name.
            Err(error) if error.raw_response().is_some_and(|response| response.status().as_u16() == 412) => Ok(sha256),
            Err(error) => Err(unavailable("keeping a document")(error)),
        }
    }

    /// A document's bytes, as they were kept.
    pub async fn get(&self, id: ContractId, sha256: &Sha256) -> Result<Vec<u8>, Failure> {
        let answer = self.client.get_object().bucket(&self.bucket).key(self.key(id, sha256)).send().await;
        let body = answer.map_err(unavailable("reading a document"))?.body.collect().await;
        let bytes: Vec<u8> = body
            .map_err(|_| Failure::Unavailable {
                operation: "reading a document",
                code: "the body broke off".to_owned(),
            })?
            .into_bytes()
            .into();
        if Sha256::of(&bytes) == *sha256 {
            Ok(bytes)
        } else {
            Err(Failure::Unreadable { what: "a document whose digest does not fit its name" })
        }
    }

    /// A document's bytes; `None` where it is not there any more.
    pub async fn find(&self, id: ContractId, sha256: &Sha256) -> Result<Option<Vec<u8>>, Failure> {
        match self.get(id, sha256).await {
            Ok(bytes) => Ok(Some(bytes)),
            // Who may not list the bucket is told `AccessDenied` of an object that is not there (Amazon S3, GetObject, Permissions).
            Err(Failure::Unavailable { code, .. }) if matches!(code.as_str(), "NoSuchKey" | "AccessDenied") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// A link that works for five minutes.
    pub async fn link(&self, id: ContractId, sha256: &Sha256, now: Timestamp) -> Result<Link, Failure> {
        let broken =
            || Failure::Unavailable { operation: "making a link", code: "the request could not be made".to_owned() };
        let presigning = PresigningConfig::builder()
            .start_time(std::time::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.as_millisecond()).unwrap_or(0)))
            .expires_in(Duration::from_secs(LINK_SECONDS))
            .build()
            .map_err(|_| Failure::Unavailable {
                operation: "making a link",
                code: "the request could not be made".to_owned(),
            })?;
        let request = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(self.key(id, sha256))
            .presigned(presigning)
            .await
            .map_err(|_| broken())?;
        let expires_at = now.checked_add(jiff::SignedDuration::from_secs(LINK_SECONDS.cast_signed())).unwrap_or(now);
        Ok(Link { url: request.uri().to_owned(), expires_at })
    }
}
