//! The seam: every effect that a function has outside itself waits here until the simulation carries it out, in what order and with what fault it likes.
//!
//! AWS is met at the SDK's HTTP client, the provider at its client's carrier, mail at the postbox. What lies above is the real code, retries and time
//! limits included.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Which invocation runs, of which function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    pub number: u64,
    pub function: Arc<str>,
}

tokio::task_local! {
    /// The invocation whose task this is.
    pub static INVOCATION: Invocation;
}

/// What is done outside.
#[derive(Debug)]
pub enum Effect {
    Aws(http::Request<Vec<u8>>),
    Provider(http::Request<Vec<u8>>),
    /// A formatted mail.
    Mail(Vec<u8>),
}

/// What came of it, as the caller sees it.
#[derive(Debug)]
pub enum Reply {
    Answer(http::Response<Vec<u8>>),
    /// The mail was taken.
    Taken,
    /// Nothing was sent.
    Unreached,
    /// The connection ended before an answer.
    Lost,
}

/// An effect that is on its way.
#[derive(Debug)]
pub struct Waiting {
    pub by: Invocation,
    pub effect: Effect,
    pub since: Instant,
    reply: oneshot::Sender<Reply>,
}

impl Waiting {
    /// Whether anybody still waits for the answer.
    pub fn is_wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    /// Takes the effect out, and gives the answer's way back.
    pub fn split(self) -> (Invocation, Effect, oneshot::Sender<Reply>) {
        (self.by, self.effect, self.reply)
    }
}

/// Where effects wait.
#[derive(Clone, Debug, Default)]
pub struct Seam(Arc<Mutex<Vec<Waiting>>>);

impl Seam {
    /// All that waits, oldest first.
    pub fn with<T>(&self, look: impl FnOnce(&mut Vec<Waiting>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn ask(self, effect: Effect) -> Reply {
        let Ok(by) = INVOCATION.try_with(Clone::clone) else { return Reply::Unreached };
        let (reply, answer) = oneshot::channel();
        self.with(|waiting| waiting.push(Waiting { by, effect, since: Instant::now(), reply }));
        answer.await.unwrap_or(Reply::Lost)
    }

    /// The SDK's HTTP client.
    pub fn aws(&self) -> SharedHttpClient {
        let connector = Connector(self.clone());
        http_client_fn(move |_, _| SharedHttpConnector::new(connector.clone()))
    }

    /// The way to the provider.
    pub fn carrier(&self) -> web::Carrier {
        let seam = self.clone();
        Arc::new(move |request| {
            let seam = seam.clone();
            Box::pin(async move {
                match seam.ask(Effect::Provider(request)).await {
                    Reply::Answer(answer) => Ok(answer),
                    Reply::Unreached => Err(io::ErrorKind::ConnectionRefused.into()),
                    Reply::Taken | Reply::Lost => Err(io::ErrorKind::ConnectionReset.into()),
                }
            })
        })
    }

    /// The mail service.
    pub fn postbox(&self) -> web::Postbox {
        let seam = self.clone();
        Arc::new(move |mail| {
            let seam = seam.clone();
            Box::pin(async move {
                match seam.ask(Effect::Mail(mail)).await {
                    Reply::Taken => Ok(()),
                    _ => Err(io::ErrorKind::ConnectionReset.into()),
                }
            })
        })
    }
}

#[derive(Clone)]
struct Connector(Seam);

impl fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let seam = self.0.clone();
        HttpConnectorFuture::new(async move {
            let other = |error: &dyn fmt::Display| ConnectorError::other(error.to_string().into(), None);
            let (parts, body) = request.try_into_http1x().map_err(|error| other(&error))?.into_parts();
            let body: Vec<u8> =
                ByteStream::new(body).collect().await.map_err(|error| other(&error))?.into_bytes().into();
            let lost = |kind: io::ErrorKind| ConnectorError::io(io::Error::from(kind).into());
            match seam.ask(Effect::Aws(http::Request::from_parts(parts, body))).await {
                Reply::Answer(answer) => {
                    HttpResponse::try_from(answer.map(SdkBody::from)).map_err(|error| other(&error))
                }
                Reply::Unreached => Err(lost(io::ErrorKind::ConnectionRefused)),
                Reply::Taken | Reply::Lost => Err(lost(io::ErrorKind::ConnectionReset)),
            }
        })
    }
}
