//! The project's functions, each with the settings template.yaml gives it.

use crate::figures::Figures;
use crate::functions::{Handler, Registry};
use aws_config::SdkConfig;
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use contract::{Clock, Random};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use web::{
    Carrier, Host, Postbox, Request, Response, Settings, SqsBatchResponse, SqsEvent, StreamEvent, StreamResponse,
};

/// What the functions stand on.
#[derive(Clone)]
pub struct Ground {
    /// The way to AWS.
    pub aws: SdkConfig,
    /// The time.
    pub clock: Clock,
    /// Where ids and salts come from.
    pub random: Random,
    /// The way to the provider; none is the network.
    pub carrier: Option<Carrier>,
    /// The way to the mail service; none is SMTP.
    pub postbox: Option<Postbox>,
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Ground").finish_non_exhaustive()
    }
}

/// Starts every function.
///
/// # Errors
///
/// When functions miss settings or cannot use them: which ones, and why, in one line each.
pub fn functions(
    settings: &BTreeMap<String, BTreeMap<String, String>>,
    ground: &Ground,
    figures: &Figures,
) -> Result<Registry, String> {
    let mut catalog = Catalog { settings, ground, figures, functions: Registry::new(), refused: Vec::new() };
    macro_rules! http {
        ($($name:literal $function:ident),* $(,)?) => {
            $(catalog.http($name, $function::App::new, |app, request| async move { $function::handle(&app, request).await });)*
        };
    }
    http!(
        "check-eligibility" check_eligibility,
        "fill-party-a" fill_party_a,
        "confirm-content" confirm_content,
        "preview-draft" preview_draft,
        "submit-signer" submit_signer,
        "open-signing" open_signing,
        "esign-callback" esign_callback,
        "revoke-contract" revoke_contract,
        "read-contracts" read_contracts,
        "manage-subjects" manage_subjects,
    );
    catalog.http("console", console::App::new, |app, request| async move { console::handle(&app, &request) });
    catalog.queue("settle-signing", settle_signing::App::new, |app, event| async move {
        settle_signing::handle(&app, event).await
    });
    catalog.queue("notify", notify::App::new, |app, event| async move { notify::handle(&app, event).await });
    catalog.stream("relay-events", relay_events::App::new, |app, event| async move {
        relay_events::handle(&app, event).await
    });
    catalog.schedule(
        "watch-contracts",
        watch_contracts::App::new,
        |app| async move { watch_contracts::handle(&app).await },
    );
    if catalog.refused.is_empty() { Ok(catalog.functions) } else { Err(catalog.refused.join("\n")) }
}

fn signing_as(name: &str) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(name, stores::SECRET_KEY, None, None, "local"))
}

struct Catalog<'a> {
    settings: &'a BTreeMap<String, BTreeMap<String, String>>,
    ground: &'a Ground,
    figures: &'a Figures,
    functions: Registry,
    refused: Vec<String>,
}

impl Catalog<'_> {
    fn http<A, F>(
        &mut self,
        name: &str,
        new: fn(&mut Host) -> Option<A>,
        handle: impl Fn(Arc<A>, Request) -> F + Send + Sync + 'static,
    ) where
        A: Send + Sync + 'static,
        F: Future<Output = Response> + Send + 'static,
    {
        if let Some(app) = self.start(name, new) {
            let handler =
                move |request| -> crate::functions::Running<Response> { Box::pin(handle(Arc::clone(&app), request)) };
            self.functions.insert(name.to_owned(), Handler::Http(Arc::new(handler)));
        }
    }

    fn queue<A, F>(
        &mut self,
        name: &str,
        new: fn(&mut Host) -> Option<A>,
        handle: impl Fn(Arc<A>, SqsEvent) -> F + Send + Sync + 'static,
    ) where
        A: Send + Sync + 'static,
        F: Future<Output = SqsBatchResponse> + Send + 'static,
    {
        if let Some(app) = self.start(name, new) {
            let handler = move |event| -> crate::functions::Running<SqsBatchResponse> {
                Box::pin(handle(Arc::clone(&app), event))
            };
            self.functions.insert(name.to_owned(), Handler::Queue(Arc::new(handler)));
        }
    }

    fn stream<A, F>(
        &mut self,
        name: &str,
        new: fn(&mut Host) -> Option<A>,
        handle: impl Fn(Arc<A>, StreamEvent) -> F + Send + Sync + 'static,
    ) where
        A: Send + Sync + 'static,
        F: Future<Output = StreamResponse> + Send + 'static,
    {
        if let Some(app) = self.start(name, new) {
            let handler =
                move |event| -> crate::functions::Running<StreamResponse> { Box::pin(handle(Arc::clone(&app), event)) };
            self.functions.insert(name.to_owned(), Handler::Stream(Arc::new(handler)));
        }
    }

    fn schedule<A, F, E>(
        &mut self,
        name: &str,
        new: fn(&mut Host) -> Option<A>,
        handle: impl Fn(Arc<A>) -> F + Send + Sync + 'static,
    ) where
        A: Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display,
    {
        if let Some(app) = self.start(name, new) {
            let handler = move |_| -> crate::functions::Running<Result<(), String>> {
                let done = handle(Arc::clone(&app));
                Box::pin(async move { done.await.map_err(|error| error.to_string()) })
            };
            self.functions.insert(name.to_owned(), Handler::Schedule(Arc::new(handler)));
        }
    }

    /// Starts a function as its `main` does, but with the local stack's clock, chance and stores.
    fn start<A>(&mut self, name: &str, new: fn(&mut Host) -> Option<A>) -> Option<Arc<A>> {
        let Some(settings) = self.settings.get(name) else {
            self.refused.push(format!("{name} is not in template.yaml."));
            return None;
        };
        let mut host = Host {
            settings: Settings::new(settings.clone()),
            // Each function signs under its own name, as on AWS it does under its own role.
            aws: self.ground.aws.clone().into_builder().credentials_provider(signing_as(name)).build(),
            clock: Arc::clone(&self.ground.clock),
            random: Arc::clone(&self.ground.random),
            carrier: self.ground.carrier.clone(),
            postbox: self.ground.postbox.clone(),
            metrics: self.figures.lines(),
        };
        let app = new(&mut host);
        match (app, host.settings.finish()) {
            (Some(app), Ok(())) => Some(Arc::new(app)),
            (_, Err(bad)) => {
                self.refused.push(format!("{name}: {bad}."));
                None
            }
            (None, Ok(())) => {
                self.refused.push(format!("{name} cannot start, and its settings do not say why."));
                None
            }
        }
    }
}
