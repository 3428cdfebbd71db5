//! Contracts: load, open, append, look again.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use contract::{
    Actor, Contract, ContractId, CustomerId, Entry, Event, Identity, Origin, PaperOutcome, Slot, SubjectKey, Timestamp,
    first_look,
};

use crate::{
    Failure, Table,
    failure::unavailable,
    item::{Item, body, get, json_text, key, number, shard, stamp, text},
    papers::paper_settled,
    transaction::{Cancelled, Condition, Transaction, text_is, version},
};

/// How often a change that others overtake is decided again before the caller is told.
const ATTEMPTS: u32 = 10;

/// Who changes something, whence, and when.
#[derive(Clone, Debug)]
pub struct By {
    pub actor: Actor,
    pub origin: Origin,
    pub now: Timestamp,
}

impl By {
    /// Countersign itself, by a timer.
    #[must_use]
    pub fn system(now: Timestamp) -> Self {
        Self { actor: Actor::SYSTEM, origin: Origin::default(), now }
    }

    /// The provider, by what it answered.
    #[must_use]
    pub fn provider(now: Timestamp) -> Self {
        Self { actor: Actor::PROVIDER, origin: Origin::default(), now }
    }
}

/// An Idempotency-Key and what it was used for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsedKey {
    pub key: String,
    pub body_sha256: contract::Sha256,
    pub contract: ContractId,
}

/// What became of an application.
#[derive(Debug)]
pub enum Opened {
    Done(Box<Contract>),
    /// The slot is held.
    Held(Slot),
    /// The key was used before.
    KeyUsed(UsedKey),
}

/// What became of a change.
#[derive(Debug)]
pub struct Appended {
    pub contract: Contract,
    /// Whether anything was recorded; not where it had been done before.
    pub changed: bool,
}

pub(crate) fn slot_key(subject: &SubjectKey) -> Item {
    key(format!("SUBJECT#{}", subject.0), "SLOT")
}

pub(crate) fn slot_of(item: Option<&Item>) -> Result<Slot, Failure> {
    item.map_or(Ok(Slot::Free), |item| body(item, "a slot"))
}

fn head_key(id: ContractId) -> Item {
    key(format!("CONTRACT#{id}"), "HEAD")
}

fn head(contract: &Contract, due: Option<Timestamp>) -> Result<Item, Failure> {
    let id = contract.id.to_string();
    let mut item = head_key(contract.id);
    item.insert("body".to_owned(), json_text(contract)?);
    item.insert("version".to_owned(), number(contract.version));
    item.insert("customer".to_owned(), text(contract.customer.as_str()));
    item.insert("subject".to_owned(), text(contract.subject.key.0.as_str()));
    item.insert("created".to_owned(), text(id.as_str()));
    item.insert("stateShard".to_owned(), text(shard(contract.state.name().as_str(), &id)));
    item.insert("updated".to_owned(), text(format!("{}#{id}", stamp(contract.updated_at))));
    if let Some(due) = due {
        item.insert("dueShard".to_owned(), text(shard("due", &id)));
        item.insert("dueAt".to_owned(), text(stamp(due)));
    }
    if contract.review.is_some() {
        item.insert("review".to_owned(), text("held"));
    }
    Ok(item)
}

/// Each part in an attribute of its own: erasing a person's data removes `personal` and `salt` and touches nothing else.
fn entry_item(contract: ContractId, entry: &Entry) -> Item {
    let mut item = key(format!("CONTRACT#{contract}"), format!("EVENT#{:06}", entry.seq));
    item.insert("seq".to_owned(), number(entry.seq));
    item.insert("kind".to_owned(), text(entry.kind.as_str()));
    item.insert("body".to_owned(), text(entry.body.as_str()));
    for (name, value) in [("personal", &entry.personal), ("salt", &entry.salt)] {
        if let Some(value) = value {
            item.insert(name.to_owned(), text(value.as_str()));
        }
    }
    item.insert("hash".to_owned(), text(entry.hash.to_string()));
    item
}

fn entry_of(item: &Item) -> Option<Entry> {
    let owned = |name: &str| get(item, name).map(str::to_owned);
    Some(Entry {
        seq: item.get("seq")?.as_n().ok()?.parse().ok()?,
        kind: owned("kind")?,
        body: owned("body")?,
        personal: owned("personal"),
        salt: owned("salt"),
        hash: get(item, "hash")?.parse().ok()?,
    })
}

/// A contract with its events applied, and what is to be written for it.
pub(crate) struct Change {
    before: u64,
    pub(crate) after: Contract,
    entries: Vec<Entry>,
    slot: Option<(Slot, Slot, Option<PaperOutcome>)>,
}

impl Change {
    /// Takes the slot's move out, for whoever writes it together with something else; `None` where the slot does not move.
    pub(crate) fn take_slot(&mut self) -> Option<Slot> {
        self.slot.take().map(|(_, moved, _)| moved)
    }
}

impl Table {
    /// One contract as it stands.
    pub async fn contract(&self, id: ContractId) -> Result<Option<Contract>, Failure> {
        self.item(head_key(id), "reading a contract").await?.map(|item| body(&item, "a contract")).transpose()
    }

    /// What step 1 needs to know, in one call: the customer's identity, and what the key was used for.
    pub async fn before_application(
        &self,
        customer: &CustomerId,
        idempotency_key: Option<&str>,
        now: Timestamp,
    ) -> Result<(Option<Identity>, Option<UsedKey>), Failure> {
        let mut keys = vec![crate::identities::identity_key(customer)];
        keys.extend(idempotency_key.map(|used| used_key(customer, used)));
        let (mut identity, mut used) = (None, None);
        for item in self.items(keys, "reading an identity").await? {
            if get(&item, "sk") == Some("IDENTITY") {
                identity = Some(body(&item, "an identity")?);
            } else if !is_over(&item, now) {
                used = Some(body(&item, "an idempotency key")?);
            }
        }
        Ok((identity, used))
    }

    /// Opens a contract: takes the slot and the number, records the first event, remembers the key, and all of it only if the
    /// identity is still the one that was read.
    pub async fn open(
        &self,
        new: Contract,
        identity: &Identity,
        used: Option<&UsedKey>,
        by: &By,
    ) -> Result<Opened, Failure> {
        let (after, entry) = contract::entry(&new, &contract::apply(), &by.actor, &by.origin, by.now, (self.random)());
        let mut transaction = Transaction::new(self, "opening a contract");
        let slot = Slot::Open { contract: after.id, customer: after.customer.clone(), waiting: None };
        let mut slot_item = slot_key(&after.subject.key);
        slot_item.insert("body".to_owned(), json_text(&slot)?);
        let at_slot = transaction.put(slot_item, &Condition::absent());
        let at_key = match used {
            Some(used) => {
                let mut item = used_key(&after.customer, &used.key);
                item.insert("body".to_owned(), json_text(used)?);
                item.insert("ttl".to_owned(), number(by.now.as_second() + 24 * 3600));
                Some(transaction.put(item, &Condition::absent_or_over(by.now.as_second())))
            }
            None => None,
        };
        transaction.check(crate::identities::identity_key(&after.customer), &version(identity.version));
        let mut number_item = key(format!("NUMBER#{}", after.number), "NUMBER");
        number_item.insert("body".to_owned(), json_text(&after.id)?);
        transaction.put(number_item, &Condition::absent());
        transaction.put(head(&after, first_look(&after, by.now, &self.schedule))?, &Condition::absent());
        transaction.put(entry_item(after.id, &entry), &Condition::absent());
        match transaction.commit().await? {
            Ok(()) => Ok(Opened::Done(Box::new(after))),
            Err(Cancelled::At { position, found: Some(found) }) if Some(position) == at_key => {
                Ok(Opened::KeyUsed(body(&found, "an idempotency key")?))
            }
            Err(Cancelled::At { position, found }) if position == at_slot => {
                // A repeat under the same key finds the slot taken by its own first try.
                if let Some(used) = used
                    && let (_, Some(earlier)) =
                        self.before_application(&after.customer, Some(&used.key), by.now).await?
                {
                    return Ok(Opened::KeyUsed(earlier));
                }
                Ok(Opened::Held(slot_of(found.as_ref())?))
            }
            Err(_) => Err(Failure::Conflict),
        }
    }

    /// Records `events` of `contract`, moves the subject's slot where they end it, and sets the time of the next look: one
    /// transaction, on the condition that nobody changed the contract since it was read.
    pub async fn append(&self, contract: &Contract, events: &[Event], by: &By) -> Result<Appended, Failure> {
        if events.is_empty() {
            return Ok(Appended { contract: contract.clone(), changed: false });
        }
        let mut slot = Slot::Open { contract: contract.id, customer: contract.customer.clone(), waiting: None };
        // Twice at most: first as if no paper contract waited, then with the one that does.
        for _ in 0..2 {
            let change = self.change_of(contract, events, &slot, by);
            let mut transaction = Transaction::new(self, "changing a contract");
            let at_slot = self.add(&mut transaction, &change, by).await?;
            match transaction.commit().await? {
                Ok(()) => return Ok(Appended { contract: change.after, changed: true }),
                Err(Cancelled::At { position, found: Some(found) }) if Some(position) == at_slot => {
                    slot = slot_of(Some(&found))?
                }
                Err(_) => return Err(Failure::Conflict),
            }
        }
        Err(Failure::Conflict)
    }

    pub(crate) fn change_of(&self, contract: &Contract, events: &[Event], slot: &Slot, by: &By) -> Change {
        let mut change = Change { before: contract.version, after: contract.clone(), entries: Vec::new(), slot: None };
        for event in events {
            let (after, entry) = contract::entry(&change.after, event, &by.actor, &by.origin, by.now, (self.random)());
            if let Some((moved, paper)) = slot.after(event, contract.id) {
                change.slot = Some((slot.clone(), moved, paper));
            }
            change.after = after;
            change.entries.push(entry);
        }
        change
    }

    /// Adds the writes of `change`, and gives the position of the slot's where it moves.
    pub(crate) async fn add(
        &self,
        transaction: &mut Transaction<'_>,
        change: &Change,
        by: &By,
    ) -> Result<Option<usize>, Failure> {
        let mut at_slot = None;
        if let Some((expected, moved, paper)) = &change.slot {
            at_slot = Some(add_slot(transaction, &change.after.subject.key, expected, moved)?);
            if let Some(outcome) = paper {
                paper_settled(self, transaction, *outcome, by.now).await?;
            }
        }
        transaction
            .put(head(&change.after, first_look(&change.after, by.now, &self.schedule))?, &version(change.before));
        for entry in &change.entries {
            transaction.put(entry_item(change.after.id, entry), &Condition::absent());
        }
        Ok(at_slot)
    }

    /// Decides on the contract as it was loaded, and appends; where others overtake it, it is loaded and decided again.
    pub async fn change<E: From<Failure>>(
        &self,
        mut contract: Contract,
        by: &By,
        mut decide: impl FnMut(&Contract) -> Result<Vec<Event>, E>,
    ) -> Result<Appended, E> {
        for attempt in 0..ATTEMPTS {
            let events = decide(&contract)?;
            match self.append(&contract, &events, by).await {
                Ok(appended) => return Ok(appended),
                Err(Failure::Conflict) => self.pause(attempt).await,
                Err(failure) => return Err(failure.into()),
            }
            // Contracts are never deleted.
            let again = self.contract(contract.id).await?;
            contract = again.ok_or(Failure::Unreadable { what: "a contract that was there before" })?;
        }
        Err(Failure::Conflict.into())
    }

    /// Waits a little, longer with each attempt, so that those who overtake each other come apart.
    pub async fn pause(&self, attempt: u32) {
        let most = 5u64 << attempt.min(6);
        let random = u64::try_from((self.random)() % u128::from(most)).unwrap_or(0);
        tokio::time::sleep(std::time::Duration::from_millis(1 + random)).await;
    }

    /// Sets when a contract that did not change is looked at next; nothing where somebody changed it meanwhile, for that set it.
    ///
    /// # Errors
    /// [`Failure::Conflict`] while a transaction is at the contract: what comes of it is not known yet.
    pub async fn look_again(&self, contract: &Contract, due: Option<Timestamp>) -> Result<(), Failure> {
        let update = self.client().update_item().table_name(self.name()).set_key(Some(head_key(contract.id)));
        let update = update
            .condition_expression("version = :version")
            .expression_attribute_values(":version", number(contract.version));
        let update = match due {
            Some(due) => update
                .update_expression("SET dueAt = :due, dueShard = :shard")
                .expression_attribute_values(":due", text(stamp(due)))
                .expression_attribute_values(":shard", text(shard("due", &contract.id.to_string()))),
            None => update.update_expression("REMOVE dueAt, dueShard"),
        };
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) if error.as_service_error().is_some_and(UpdateItemError::is_transaction_conflict_exception) => {
                Err(Failure::Conflict)
            }
            Err(error) => Err(unavailable("setting the next look")(error)),
        }
    }

    /// The whole history, in order.
    pub async fn history(&self, id: ContractId) -> Result<Vec<Entry>, Failure> {
        let mut entries = Vec::new();
        let mut from = None;
        loop {
            let query = self
                .client()
                .query()
                .table_name(self.name())
                .consistent_read(true)
                .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
                .expression_attribute_values(":pk", text(format!("CONTRACT#{id}")))
                .expression_attribute_values(":sk", text("EVENT#"))
                .set_exclusive_start_key(from);
            let answer = query.send().await.map_err(unavailable("reading a history"))?;
            for item in answer.items.unwrap_or_default() {
                entries.push(entry_of(&item).ok_or(Failure::Unreadable { what: "an event" })?);
            }
            match answer.last_evaluated_key {
                Some(next) => from = Some(next),
                None => return Ok(entries),
            }
        }
    }

    /// Who holds a subject's slot.
    pub async fn slot(&self, subject: &SubjectKey) -> Result<Slot, Failure> {
        slot_of(self.item(slot_key(subject), "reading a slot").await?.as_ref())
    }
}

/// Moves a slot from what it must be to what it becomes, and gives the write's position.
pub(crate) fn add_slot(
    transaction: &mut Transaction<'_>,
    subject: &SubjectKey,
    expected: &Slot,
    moved: &Slot,
) -> Result<usize, Failure> {
    let condition = match expected {
        Slot::Free => Condition::absent(),
        held => Condition::unchanged("body", Some(json_text(held)?)),
    };
    let mut item = slot_key(subject);
    Ok(match moved {
        Slot::Free => transaction.delete(item, &condition),
        moved => {
            item.insert("body".to_owned(), json_text(moved)?);
            transaction.put(item, &condition)
        }
    })
}

fn used_key(customer: &CustomerId, used: &str) -> Item {
    key(format!("CUSTOMER#{customer}"), format!("KEY#{used}"))
}

fn is_over(item: &Item, now: Timestamp) -> bool {
    item.get("ttl")
        .and_then(|ttl| ttl.as_n().ok())
        .and_then(|ttl| ttl.parse::<i64>().ok())
        .is_some_and(|ttl| ttl < now.as_second())
}

/// The condition that a contract's waiting paper contract is still the one that was read.
pub(crate) fn paper_is(status: &str) -> Condition {
    text_is("status", status)
}
