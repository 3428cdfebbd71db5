//! The calls that a contract needs, in the order of its life.

use std::{fmt, sync::Arc, time::Duration};

use contract::{Clock, FileId, FlowId, FlowReport, FlowState, IdentityCheck, Mobile, Name};
use tokio::time::{Instant, sleep};

use crate::{
    exchange::{Call, Carrier, Exchange, PDF, Repeat},
    failure::{ALREADY_REVOKED, FILE_NOT_READY, FLOW_MISSING, Failure, Refusal},
    new_flow::{NewFlow, Person},
    settings::{Anchor, BadSetting, Pixel, Secret, Settings},
    signature::content_md5,
    verdict::Verdict,
    wire::{
        self, answer,
        create::CreateByFile,
        detail::Detail,
        verify::{Verified, Verify},
    },
};

/// The largest signed PDF that is fetched: 50 MiB, the provider's own bound for a file.
pub const MOST_DOCUMENT_BYTES: usize = 50 << 20;
/// The longest reason that the provider takes, in characters.
const LONGEST_REASON: usize = 50;
/// The pause after which a file that is not ready may be; it doubles.
const FILE_PAUSE: Duration = Duration::from_millis(500);
/// How often a link is asked for while the flow is not open, and the pause between.
const LINK_ATTEMPTS: u32 = 4;
const LINK_PAUSE: Duration = Duration::from_millis(250);
/// How long a download's address is asked to work, in seconds. It is used at once.
const ADDRESS_SECONDS: u32 = 300;
/// The longest answer to `verify`: it repeats each seal as a picture and each certificate.
const MOST_VERDICT_BYTES: usize = 16 << 20;
/// Name, number and mobile do not belong together: in general, by name and number, by mobile and number.
const MISMATCHES: [i64; 3] = [30_504_001, 30_501_006, 30_501_010];

/// The provider. Cheap to clone: all clones share one HTTP client.
#[derive(Clone)]
pub struct Provider {
    exchange: Arc<Exchange>,
    total: Duration,
    download: Duration,
    lifetime: Duration,
    anchor: Anchor,
    pixel: Pixel,
    /// Where several calls share one time limit.
    until: Option<Instant>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("total", &self.total).finish_non_exhaustive()
    }
}

impl Provider {
    /// The provider as a function's settings have it: `ESIGN_BASE_URL`, `ESIGN_APP_ID` and `ESIGN_APP_SECRET`, all of which are read
    /// whatever is wrong with one of them. Requests travel over the network unless there is a carrier.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn read(
        mut value: impl FnMut(&'static str) -> String,
        clock: &Clock,
        carrier: Option<Carrier>,
    ) -> Result<Self, BadSetting> {
        let (base_url, app_id, secret) = (value("ESIGN_BASE_URL"), value("ESIGN_APP_ID"), value("ESIGN_APP_SECRET"));
        Self::new(&Settings::new(&base_url, &app_id, Secret::new(&secret)?), clock.clone(), carrier)
    }

    /// # Errors
    /// [`BadSetting`] names the setting that cannot be worked with.
    pub fn new(settings: &Settings, clock: Clock, carrier: Option<Carrier>) -> Result<Self, BadSetting> {
        Ok(Self {
            exchange: Arc::new(Exchange::new(settings, clock, carrier)?),
            total: settings.total_timeout,
            download: settings.download_timeout,
            lifetime: settings.flow_lifetime,
            anchor: settings.anchor,
            pixel: settings.pixel,
            until: None,
        })
    }

    /// The same provider for a step of several calls, which together end within `time` from now. Step 3 makes up to four, each of
    /// which alone could take the whole time that a customer waits.
    #[must_use]
    pub fn within(&self, time: Duration) -> Self {
        let until = Instant::now() + time;
        Self { until: Some(self.until.map_or(until, |earlier| earlier.min(until))), ..self.clone() }
    }

    fn deadline(&self, time: Duration) -> Instant {
        let by = Instant::now() + time;
        self.until.map_or(by, |until| until.min(by))
    }

    async fn accepted(&self, call: Call<'_>, by: Instant) -> Result<answer::Envelope, Failure> {
        call.accepted(self.exchange.ask(&call, by).await?)
    }

    /// Uploads a draft (file-upload-url, then the file itself). Repeated freely: an upload that nobody uses costs nothing.
    ///
    /// `file_name` ends in `.pdf` and has at most 100 characters, none of `/ \ : * " < > |`.
    ///
    /// # Errors
    /// [`Failure`]; whatever it is, uploading again is safe.
    pub async fn upload(&self, file_name: &str, pdf: &[u8]) -> Result<FileId, Failure> {
        let by = self.deadline(self.total);
        let content_md5 = content_md5(pdf);
        let request = wire::UploadUrl { content_md5: &content_md5, content_type: PDF, file_name, file_size: pdf.len() };
        let call = Call::post_json("/v3/files/file-upload-url".to_owned(), &request, Repeat::Freely)?;
        let answer: answer::Upload = self.accepted(call, by).await?.data()?;
        let file = identifier(&answer.file_id)?;
        self.exchange.put(&answer.file_upload_url, pdf, &content_md5, by).await?;
        Ok(FileId::new(file))
    }

    /// Asks whether name, 身份证 and mobile belong together (identity verification, telecom3Factors). Each check is charged, so it is
    /// not repeated once it may have been sent. That they do not belong together is an answer; it has a `verifyId` too.
    ///
    /// # Errors
    /// [`Failure`]; [`Refusal::TooOften`] after about ten a minute of the same data, [`Refusal::NoQuota`] when the balance is used up.
    pub async fn check_identity(&self, person: &Person<'_>) -> Result<IdentityCheck, Failure> {
        let request = wire::ThreeFactors {
            name: person.name.as_str(),
            id_no: person.credential.number(),
            mobile_no: person.mobile.as_str(),
        };
        let path = "/v2/identity/verify/individual/telecom3Factors".to_owned();
        let call = Call::post_json(path, &request, Repeat::OnlyUnsent)?.keeping(person.private().to_vec());
        let envelope = self.exchange.ask(&call, self.deadline(self.total)).await?;
        if envelope.code.is_some_and(|code| MISMATCHES.contains(&code)) {
            return Ok(IdentityCheck { verify_id: envelope.verify_id(), passed: false });
        }
        let envelope = call.accepted(envelope)?;
        Ok(IdentityCheck { verify_id: envelope.verify_id(), passed: true })
    }

    /// Creates the flow, not started (create-by-file). The provider has no idempotency key, so this is sent once; only a refusal
    /// that proves that nothing was made, because the file is not ready yet, leads to another attempt.
    ///
    /// # Errors
    /// [`Failure`]. After [`Failure::Unavailable`] there may be a flow that nobody knows: it was never started and reaches nobody, so
    /// creating another is right. [`Refusal::FileLost`] asks for another upload.
    pub async fn create_flow(&self, flow: &NewFlow<'_>) -> Result<FlowId, Failure> {
        let by = self.deadline(self.total);
        let lifetime = i64::try_from(self.lifetime.as_millis()).unwrap_or(i64::MAX);
        let body = CreateByFile::new(flow, self.exchange.now_ms().saturating_add(lifetime), self.anchor, self.pixel);
        let call = Call::post_json("/v3/sign-flow/create-by-file".to_owned(), &body, Repeat::OnlyUnsent)?;
        let call = call.keeping(flow.party_a.private());
        let mut pause = FILE_PAUSE;
        loop {
            let envelope = self.exchange.ask(&call, by).await?;
            match envelope.code {
                Some(FILE_NOT_READY) if Instant::now() + pause * 2 < by => {
                    sleep(pause).await;
                    pause *= 2;
                }
                // No flow can be missing yet: here the code says that the app may not seal automatically.
                Some(code @ FLOW_MISSING) => {
                    return Err(Failure::Refused { refusal: Refusal::NotAllowed, code, message: String::new() });
                }
                _ => {
                    let created: answer::Created = call.accepted(envelope)?.data()?;
                    return Ok(FlowId::new(identifier(&created.sign_flow_id)?));
                }
            }
        }
    }

    /// Starts a created flow (start). `Ok` says that the flow is no longer a draft, whether by this call or an earlier one; so it is
    /// repeated freely. Which code a second start gets is not published; a refusal without a known reason is therefore
    /// compared with the flow's own state.
    ///
    /// # Errors
    /// [`Failure`]; [`Refusal::NoQuota`] and [`Refusal::Expired`] are final until somebody acts.
    pub async fn start(&self, flow: &FlowId) -> Result<(), Failure> {
        let by = self.deadline(self.total);
        let refused = match self.accepted(Call::post(path(flow, "start")?, Repeat::Freely), by).await {
            Ok(_) => return Ok(()),
            Err(failure) => failure,
        };
        if !matches!(refused.refusal(), Some(Refusal::Other | Refusal::NotSigning)) {
            return Err(refused);
        }
        match self.report(flow, by).await?.state {
            FlowState::NotStarted => Err(refused),
            _ => Ok(()),
        }
    }

    /// The signer's way to the provider's page, where they log in with `mobile` (sign-url). For an enterprise `organisation` is
    /// its name as in the flow. A link has no expiry of its own and is made anew as often as needed; repeated freely. Where the flow
    /// is not open, it is asked for a few times more within a second: of two equal submissions one starts the flow while the other
    /// already asks for its link.
    ///
    /// # Errors
    /// [`Failure`]; [`Refusal::NotSigning`] where the flow is not started or has ended.
    pub async fn link(
        &self,
        flow: &FlowId,
        mobile: &Mobile,
        organisation: Option<&Name>,
        redirect_url: &str,
    ) -> Result<String, Failure> {
        let request = wire::SignUrl {
            operator: wire::Account { psn_account: mobile.as_str() },
            organization: organisation.map(|name| wire::Organization { org_name: name.as_str() }),
            need_login: true,
            url_type: 2,
            client_type: "ALL",
            redirect_config: wire::create::Redirect { redirect_url },
        };
        let mut private = vec![mobile.as_str()];
        private.extend(organisation.map(Name::as_str));
        let by = self.deadline(self.total);
        let mut attempt = 1;
        let accepted = loop {
            let call = Call::post_json(path(flow, "sign-url")?, &request, Repeat::Freely)?.keeping(private.clone());
            match self.accepted(call, by).await {
                Err(failure) if failure.refusal() == Some(Refusal::NotSigning) && attempt < LINK_ATTEMPTS => {
                    attempt += 1;
                    sleep(LINK_PAUSE).await;
                }
                accepted => break accepted?,
            }
        };
        let link: answer::Link = accepted.data()?;
        [link.url, link.short_url]
            .into_iter()
            .flatten()
            .find(|url| url.starts_with("https://") || url.starts_with("http://"))
            .ok_or_else(|| Failure::puzzling("it has no link"))
    }

    /// How the flow stands (detail): the only authority on it.
    ///
    /// # Errors
    /// [`Failure`]; [`Refusal::FlowUnknown`] where the provider does not know the flow.
    pub async fn status(&self, flow: &FlowId) -> Result<FlowReport, Failure> {
        self.report(flow, self.deadline(self.total)).await
    }

    async fn report(&self, flow: &FlowId, by: Instant) -> Result<FlowReport, Failure> {
        self.accepted(Call::get(path(flow, "detail")?), by).await?.data::<Detail>()?.report()
    }

    /// Revokes a flow that is open for signing (revoke). One that is revoked already is fine, so it is repeated freely. Of `reason`
    /// the first 50 characters are sent.
    ///
    /// # Errors
    /// [`Failure`]; [`Refusal::NotSigning`] where the flow is not started or has ended otherwise: ask for its [`Provider::status`].
    pub async fn revoke(&self, flow: &FlowId, reason: &str) -> Result<(), Failure> {
        let reason: String = reason.chars().take(LONGEST_REASON).collect();
        let request = wire::Revoke { revoke_reason: &reason };
        let call = Call::post_json(path(flow, "revoke")?, &request, Repeat::Freely)?.keeping(vec![&reason]);
        let envelope = self.exchange.ask(&call, self.deadline(self.total)).await?;
        match envelope.code {
            Some(ALREADY_REVOKED) => Ok(()),
            _ => call.accepted(envelope).map(drop),
        }
    }

    /// The signed PDF of a completed flow (file-download-url, then the file itself), of at most [`MOST_DOCUMENT_BYTES`].
    ///
    /// # Errors
    /// [`Failure`]; [`Refusal::NotCompleted`] before every party has signed.
    pub async fn download(&self, flow: &FlowId) -> Result<Vec<u8>, Failure> {
        let by = self.deadline(self.download);
        let file = self.signed_file(flow, by).await?;
        self.exchange.fetch(&file.download_url, MOST_DOCUMENT_BYTES, by).await
    }

    /// The provider's own opinion of the signed PDF that it keeps for a completed flow (file-download-url for the file's id, then
    /// verify). It is an opinion on the provider's copy: what was changed on the way to us is not in it. Repeated freely.
    ///
    /// # Errors
    /// [`Failure`]; [`Refusal::NotCompleted`] before every party has signed.
    pub async fn verify_file(&self, flow: &FlowId) -> Result<Verdict, Failure> {
        let by = self.deadline(self.total);
        let file = self.signed_file(flow, by).await?;
        let file = file.file_id.ok_or_else(|| Failure::puzzling("it does not name the file's id"))?;
        let path = format!("/v3/files/{}/verify", identifier(&file)?);
        let call = Call::post_json(path, &Verify { sign_flow_id: flow.as_str() }, Repeat::Freely)?;
        let call = call.answered_within(MOST_VERDICT_BYTES);
        Ok(self.accepted(call, by).await?.data::<Verified>()?.verdict())
    }

    async fn signed_file(&self, flow: &FlowId, by: Instant) -> Result<answer::Download, Failure> {
        let request = wire::DownloadUrl { url_available_date: ADDRESS_SECONDS };
        let call = Call::post_json(path(flow, "file-download-url")?, &request, Repeat::Freely)?;
        let answer: answer::Downloads = self.accepted(call, by).await?.data()?;
        answer.files.into_iter().next().ok_or_else(|| Failure::puzzling("it names no file"))
    }
}

/// An id as the provider makes them can stand in a path as it is.
fn is_identifier(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn identifier(id: &str) -> Result<&str, Failure> {
    if is_identifier(id) { Ok(id) } else { Err(Failure::puzzling("its id is not one")) }
}

fn path(flow: &FlowId, call: &str) -> Result<String, Failure> {
    if is_identifier(flow.as_str()) { Ok(format!("/v3/sign-flow/{flow}/{call}")) } else { Err(Failure::no_such_flow()) }
}
