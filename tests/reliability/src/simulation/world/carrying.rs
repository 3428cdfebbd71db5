//! How effects are carried out, and what becomes of an invocation's answer.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::super::mistake::Mistake;
use super::super::names;
use super::super::seam::{Effect, Reply, Waiting};
use super::super::weather::{How, refusal};
use super::{Answered, Trigger, World};

/// The waits before the provider's retries of a callback; later ones never come in the time of a run.
const RETRIES: [u64; 4] = [10, 10, 30, 60];

/// For so long a request of somebody who no longer waits may still arrive.
const STRAY: Duration = Duration::from_secs(20);

impl World<'_> {
    /// How the next effect is carried out in fair weather.
    pub fn stricken(&mut self) -> How {
        let name = self.plant.seam.with(|all| all.first().map(names::short));
        if let Some((_, how)) = self.strike_call.take_if(|(call, _)| name.as_deref() == Some(*call)) {
            return how;
        }
        self.strike.filter(|(at, _)| *at == self.met).map_or(How::Carried, |(_, how)| how)
    }

    /// Carries out the effect at this place of those that wait.
    pub async fn carry(&mut self, at: usize, how: How) {
        let waiting: Waiting = self.plant.seam.with(|all| all.remove(at));
        self.met += 1;
        if self.naming {
            self.effects.push(names::of(&waiting));
        }
        let line = format!("{} {}: {}", waiting.by.number, names::short(&waiting), how.name());
        self.note(&line);
        let (by, effect, reply) = waiting.split();
        if matches!(how, How::ReplyLost | How::Unreached | How::Throttled | How::ServerError) {
            self.let_down.insert(by.number);
        }
        match how {
            How::CrashBefore => self.crash(by.number).await,
            How::CrashAfter => {
                self.execute(effect).await;
                self.crash(by.number).await;
            }
            How::ReplyLost => {
                self.execute(effect).await;
                let _ = reply.send(Reply::Lost);
            }
            How::Unreached => {
                let _ = reply.send(Reply::Unreached);
            }
            How::Throttled | How::ServerError | How::Conflict => {
                let _ = reply.send(match effect {
                    Effect::Mail(_) => Reply::Lost,
                    effect => Reply::Answer(refusal(&effect, how)),
                });
            }
            How::Carried => {
                let answer = self.execute(effect).await;
                let _ = reply.send(answer);
            }
        }
    }

    /// Whether anybody still waits for the effect at this place, and since when it is on its way. What nobody waits for may still arrive.
    pub fn stray(&self, at: usize) -> Option<Duration> {
        self.plant.seam.with(|all| (!all[at].is_wanted()).then(|| all[at].since.elapsed()))
    }

    /// Forgets the effect at this place: it never arrives.
    pub fn forget(&mut self, at: usize) {
        self.plant.seam.with(|all| all.remove(at));
    }

    /// Decides how the effect at this place is carried out; false where it hangs.
    pub async fn carry_somehow(&mut self, at: usize) -> bool {
        if let Some(age) = self.stray(at) {
            if age > STRAY || self.chance.per_mille(500) {
                self.forget(at);
            } else {
                self.weather.count("late arrival");
                self.carry(at, How::Carried).await;
            }
            return true;
        }
        let World { weather, chance, plant, .. } = self;
        let how = plant.seam.with(|all| weather.how(&all[at], chance));
        match how {
            Some(how) => {
                self.carry(at, how).await;
                true
            }
            None => false,
        }
    }

    async fn execute(&mut self, effect: Effect) -> Reply {
        match effect {
            Effect::Aws(request) if self.mistake.is_some_and(|mistake| mistake.swallows(&request)) => {
                Reply::Answer(http::Response::new(Vec::new()))
            }
            Effect::Aws(request) => {
                let request = match self.mistake {
                    Some(mistake) => mistake.made(request),
                    None => request,
                };
                match self.stores.answer(request).await {
                    Some(answer) => Reply::Answer(answer),
                    None => Reply::Lost,
                }
            }
            Effect::Provider(_) if self.provider_is_away => {
                self.provider_calls += 1;
                Reply::Unreached
            }
            Effect::Provider(request) => {
                self.provider_calls += 1;
                match self.sandbox.answer(request) {
                    Some(answer) => Reply::Answer(answer),
                    None => Reply::Lost,
                }
            }
            Effect::Mail(_) if self.mail_is_away => Reply::Unreached,
            Effect::Mail(_) if self.mistake == Some(Mistake::MailsLost) => Reply::Taken,
            Effect::Mail(mail) => {
                self.mails.push(String::from_utf8_lossy(&mail).into_owned());
                Reply::Taken
            }
        }
    }

    /// An invocation dies where it stands.
    async fn crash(&mut self, number: u64) {
        let Some(flight) = self.flights.iter().find(|flight| flight.number == number) else { return };
        flight.task.abort();
        self.land(number, Err("it died".to_owned())).await;
    }

    pub(super) async fn land(&mut self, number: u64, answer: Result<Value, String>) {
        let Some(at) = self.flights.iter().position(|flight| flight.number == number) else { return };
        let flight = self.flights.remove(at);
        let done = match &answer {
            Ok(answer) => answer.get("statusCode").map_or_else(|| "done".to_owned(), ToString::to_string),
            Err(error) => error.clone(),
        };
        self.note(&format!("{number} {}: {done}", flight.function));
        match flight.trigger {
            Trigger::Request => {
                let status = answer.as_ref().ok().and_then(|answer| answer["statusCode"].as_u64()).unwrap_or(502);
                if status == 500 && !self.let_down.contains(&number) {
                    self.violations.push(format!("{} answered 500: {answer:?}", flight.function));
                }
                let body = answer.ok().and_then(|answer| serde_json::from_str(answer["body"].as_str()?).ok());
                let status = u16::try_from(status).unwrap_or(502);
                self.answers.push(Answered { flight: number, status, body: body.unwrap_or_default() });
            }
            Trigger::Queue(queue, messages) => {
                let Ok(answer) = answer else { return };
                let failures = answer["batchItemFailures"].as_array().cloned().unwrap_or_default();
                let failed: Vec<&str> =
                    failures.iter().filter_map(|failure| failure["itemIdentifier"].as_str()).collect();
                let url = self.plant.functions.named(queue).expect("the template has this queue").to_owned();
                for (_, receipt) in messages.iter().filter(|(id, _)| !failed.contains(&id.as_str())) {
                    if !self.weather.is_fair() && self.chance.per_mille(30) {
                        self.weather.count("message delivered twice");
                        self.note("a message is not deleted and comes again");
                        continue;
                    }
                    let delete = json!({ "QueueUrl": url, "ReceiptHandle": receipt });
                    self.aws("sqs", "AmazonSQS.DeleteMessage", &delete).await;
                }
            }
            Trigger::Stream(numbers) => {
                let Ok(answer) = answer else { return };
                let failed = answer.pointer("/batchItemFailures/0/itemIdentifier").and_then(Value::as_str);
                let done = numbers.iter().take_while(|number| Some(number.as_str()) != failed).last();
                if !self.weather.is_fair() && self.chance.per_mille(30) {
                    self.weather.count("records delivered twice");
                } else if let Some(done) = done {
                    self.place = Some(done.clone());
                }
            }
            Trigger::Tick => {}
            Trigger::Callback(mut callback) => {
                let taken = answer.is_ok_and(|answer| answer["statusCode"] == 200);
                if !taken && let Some(wait) = RETRIES.get(callback.attempts.saturating_sub(1)) {
                    callback.due = Instant::now() + Duration::from_secs(*wait);
                    self.callbacks.push(callback);
                }
            }
        }
    }
}
