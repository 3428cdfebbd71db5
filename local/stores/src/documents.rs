//! S3: objects as files of a folder, with signatures checked.
//!
//! The folder holds one folder per bucket, and beside them what is known of each object. An object that a dying process left without that was never
//! answered for, and is taken away when the folder is opened.

use crate::SECRET_KEY;
use crate::answer::Refusal;
use crate::record::AnyName;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use s3s::Body;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use std::borrow::Cow;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Mutex;

/// How many objects can be written at once.
const WRITERS: usize = 64;
/// The parameters by which a signed address changes what a browser is told, and the headers they stand for.
const OVERRIDES: [(&str, HeaderName); 6] = [
    ("response-cache-control", header::CACHE_CONTROL),
    ("response-content-disposition", header::CONTENT_DISPOSITION),
    ("response-content-encoding", header::CONTENT_ENCODING),
    ("response-content-language", header::CONTENT_LANGUAGE),
    ("response-content-type", header::CONTENT_TYPE),
    ("response-expires", header::EXPIRES),
];

/// The buckets.
pub(crate) struct Documents {
    service: S3Service,
    root: PathBuf,
    /// One writer at a time per object, so that of two that both want to be the first only one is.
    writing: Vec<Arc<Mutex<()>>>,
}

impl fmt::Debug for Documents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Documents").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Documents {
    /// Opens the folder, which must be there.
    pub(crate) fn open(root: &Path) -> Result<Self, String> {
        take_away_unfinished(root).map_err(|error| error.to_string())?;
        let files = FileSystem::new(root).map_err(|error| format!("{error:?}"))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(AnyName(SECRET_KEY));
        let writing = std::iter::repeat_with(Arc::default).take(WRITERS).collect();
        Ok(Self { service: builder.build(), root: root.to_owned(), writing })
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> Response<Body> {
        let read = request.method() == Method::GET || request.method() == Method::HEAD;
        let uri = request.uri().clone();
        if cut(&uri) {
            let message = "The signature of the address is none.".to_owned();
            return Refusal { status: 403, code: "SignatureDoesNotMatch".to_owned(), message }.as_xml();
        }
        let (service, turn) = (self.service.clone(), if read { None } else { self.turn(uri.path()) });
        // In a task of its own, so that a client that goes away does not leave an object half written.
        let called = tokio::spawn(async move {
            let _held = match turn {
                Some(turn) => Some(turn.lock_owned().await),
                None => None,
            };
            service.call(request).await
        });
        let broken =
            |error: &dyn fmt::Debug| Refusal::internal(format!("The document service broke off: {error:?}.")).as_xml();
        let mut response = match called.await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => broken(&error),
            Err(error) => broken(&error),
        };
        if read {
            // The console's pages show documents that they fetch from here.
            let any = HeaderValue::from_static("*");
            response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any.clone());
            response.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, any);
            if response.status() == StatusCode::OK || response.status() == StatusCode::PARTIAL_CONTENT {
                override_headers(&uri, response.headers_mut());
            }
        }
        response
    }

    /// The bytes of an object, if there is one.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        std::fs::read(self.root.join(bucket).join(key)).ok()
    }

    fn turn(&self, path: &str) -> Option<Arc<Mutex<()>>> {
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % (WRITERS as u64)).ok()?;
        self.writing.get(at).cloned()
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

/// Puts in what the signed address asks for instead of what is kept with the object. The signature was checked: it covers the address.
fn override_headers(uri: &Uri, headers: &mut HeaderMap) {
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        let header = OVERRIDES.iter().find(|(parameter, _)| *parameter == name).map(|(_, header)| header);
        if let (Some(header), Ok(value)) = (header, HeaderValue::from_str(&value)) {
            headers.insert(header, value);
        }
    }
}

/// Whether the signature in an address cannot be one. S3 refuses such an address like any other that was changed; `s3s` would call it a bad request.
fn cut(uri: &Uri) -> bool {
    let signature =
        |(name, value): (Cow<'_, str>, Cow<'_, str>)| (name == "X-Amz-Signature").then(|| value.into_owned());
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .find_map(signature)
        .is_some_and(|value| value.len() != 64 || !value.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Takes away the objects without the file that is written last, which says that they are complete.
fn take_away_unfinished(root: &Path) -> std::io::Result<()> {
    for bucket in std::fs::read_dir(root)? {
        let bucket = bucket?;
        if bucket.file_type()?.is_dir()
            && let Some(name) = bucket.file_name().to_str()
        {
            in_folder(root, name, &bucket.path(), "")?;
        }
    }
    Ok(())
}

fn in_folder(root: &Path, bucket: &str, folder: &Path, prefix: &str) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let file_name = entry.file_name();
        let Some(name) = file_name.to_str() else { continue };
        let key = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            in_folder(root, bucket, &entry.path(), &format!("{key}/"))?;
        } else if !root.join(complete_file(bucket, &key)).exists() {
            tracing::warn!("an object of {bucket} was not completely written and is taken away");
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The file that `s3s-fs` writes last for an object.
fn complete_file(bucket: &str, key: &str) -> String {
    format!(".bucket-{}.object-{}.internal.json", URL_SAFE_NO_PAD.encode(bucket), URL_SAFE_NO_PAD.encode(key))
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
