//! S3: objects as files of a folder, with signatures checked.
//!
//! The folder holds one folder per bucket. In memory mode it is a temporary one that goes away with the stores.

use crate::answer::Refusal;
use crate::{ACCESS_KEY, SECRET_KEY};
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, header};
use s3s::Body;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use std::fmt;
use std::path::{Path, PathBuf};

/// The buckets.
pub(crate) struct Documents {
    service: S3Service,
    root: PathBuf,
}

impl fmt::Debug for Documents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Documents").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Documents {
    /// Opens the folder, which must be there.
    pub(crate) fn open(root: &Path) -> Result<Self, String> {
        let files = FileSystem::new(root).map_err(|error| format!("{error:?}"))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        Ok(Self { service: builder.build(), root: root.to_owned() })
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> Response<Body> {
        let read = request.method() == Method::GET || request.method() == Method::HEAD;
        let mut response = match self.service.call(request).await {
            Ok(response) => response,
            Err(error) => Refusal::internal(format!("The document service broke off: {error:?}.")).as_xml(),
        };
        if read {
            // The console's pages show documents that they fetch from here.
            let any = HeaderValue::from_static("*");
            response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any.clone());
            response.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, any);
        }
        response
    }

    /// Creates a bucket unless there is one of that name.
    pub(crate) fn create_bucket(&self, name: &str) -> Result<(), Refusal> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
        if !(3..=63).contains(&name.len()) || !name.bytes().all(plain) || name.starts_with('.') {
            return Err(Refusal::new("InvalidBucketName", format!("{name:?} is no name for a bucket.")));
        }
        std::fs::create_dir_all(self.root.join(name))
            .map_err(|error| Refusal::internal(format!("The bucket {name} cannot be created: {error}.")))
    }
}

/// The name of the operation a request asks for, as far as tests need to tell them apart.
pub(crate) fn operation(method: &Method, uri: &Uri, headers: &HeaderMap) -> &'static str {
    let path = uri.path().trim_start_matches('/');
    let has_key = path.split_once('/').is_some_and(|(_, key)| !key.is_empty());
    let asks = |name: &str| {
        form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).any(|(parameter, _)| parameter == name)
    };
    match (method.as_str(), has_key) {
        ("GET", true) => "GetObject",
        ("HEAD", true) => "HeadObject",
        ("PUT", true) if asks("partNumber") => "UploadPart",
        ("PUT", true) if headers.contains_key("x-amz-copy-source") => "CopyObject",
        ("PUT", true) => "PutObject",
        ("POST", true) if asks("uploads") => "CreateMultipartUpload",
        ("POST", true) => "CompleteMultipartUpload",
        ("DELETE", true) => "DeleteObject",
        ("GET", false) if path.is_empty() => "ListBuckets",
        ("GET", false) => "ListObjectsV2",
        ("HEAD", false) => "HeadBucket",
        ("PUT", false) => "CreateBucket",
        ("POST", false) => "DeleteObjects",
        ("DELETE", false) => "DeleteBucket",
        _ => "unknown",
    }
}
