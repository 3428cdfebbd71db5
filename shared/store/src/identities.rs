//! Customers' verified identities, as the vendor's real-name system tells them.

use contract::{Cause, CauseKind, Command, Contract, CustomerId, Identity, Slot, Subject, Timestamp, decide};

use crate::{
    By, Failure, Table,
    contracts::slot_key,
    item::{Item, body, json_text, key, number},
    transaction::{Condition, Transaction, version},
};

/// What became of an identity that was told.
#[derive(Debug)]
pub enum IdentityPut {
    /// It stands, and this open contract of the old subject was revoked or is being revoked with it.
    Done { identity: Identity, revoked: Option<Box<Contract>> },
    /// A newer verification is known.
    Stale,
    /// There was none to take back.
    Unknown,
}

pub(crate) fn identity_key(customer: &CustomerId) -> Item {
    key(format!("CUSTOMER#{customer}"), "IDENTITY")
}

impl Table {
    /// A customer's identity.
    pub async fn identity(&self, customer: &CustomerId) -> Result<Option<Identity>, Failure> {
        self.item(identity_key(customer), "reading an identity")
            .await?
            .map(|item| body(&item, "an identity"))
            .transpose()
    }

    /// Sets or takes back (`subject` `None`) a customer's identity. Where the subject changes, its effect on the customer's open
    /// contract is part of the same transaction: nobody can see the one without the other.
    pub async fn put_identity(
        &self,
        customer: &CustomerId,
        subject: Option<Subject>,
        verified_at: Option<Timestamp>,
        by: &By,
    ) -> Result<IdentityPut, Failure> {
        let mut attempt = 0;
        loop {
            match self.try_put_identity(customer, subject.clone(), verified_at, by).await {
                Err(Failure::Conflict) if attempt < 10 => {
                    self.pause(attempt).await;
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    async fn try_put_identity(
        &self,
        customer: &CustomerId,
        subject: Option<Subject>,
        verified_at: Option<Timestamp>,
        by: &By,
    ) -> Result<IdentityPut, Failure> {
        let known = self.identity(customer).await?;
        let verified_at = match (verified_at, &known) {
            (Some(told), Some(known)) if told < known.verified_at => return Ok(IdentityPut::Stale),
            (Some(told), _) => told,
            (None, Some(known)) if known.subject.is_some() => known.verified_at,
            (None, _) => return Ok(IdentityPut::Unknown),
        };
        let identity = Identity {
            customer: customer.clone(),
            subject,
            verified_at,
            version: known.as_ref().map_or(1, |known| known.version + 1),
        };
        let mut transaction = Transaction::new(self, "changing an identity");
        let mut item = identity_key(customer);
        item.insert("body".to_owned(), json_text(&identity)?);
        item.insert("version".to_owned(), number(identity.version));
        transaction.put(item, &known.as_ref().map_or_else(Condition::absent, |known| version(known.version)));

        let old = known.and_then(|known| known.subject);
        let changed = old.filter(|old| !identity.subject.as_ref().is_some_and(|new| new.same_as(old)));
        let mut revoked = None;
        if let Some(old) = changed {
            let slot = self.slot(&old.key).await?;
            let events = match &slot {
                Slot::Open { contract, customer: holder, .. } if holder == customer => {
                    let contract = self
                        .contract(*contract)
                        .await?
                        .ok_or(Failure::Unreadable { what: "the contract in a slot" })?;
                    let cause = Cause { kind: CauseKind::SubjectChanged, reason: None };
                    // A contract that everybody signed stays with the old subject.
                    decide(&contract, &Command::Revoke { cause }, by.now)
                        .ok()
                        .filter(|events| !events.is_empty())
                        .map(|events| (contract, events))
                }
                _ => None,
            };
            let mut slot_moves = false;
            if let Some((contract, events)) = events {
                let change = self.change_of(&contract, &events, &slot, by);
                slot_moves = self.add(&mut transaction, &change, by).await?.is_some();
                revoked = Some(Box::new(change.after));
            }
            if !slot_moves {
                // Nobody may have opened a contract for the old subject since the slot was read.
                let expected = if slot == Slot::Free { None } else { Some(json_text(&slot)?) };
                transaction.check(slot_key(&old.key), &Condition::unchanged("body", expected));
            }
        }
        match transaction.commit().await? {
            Ok(()) => Ok(IdentityPut::Done { identity, revoked }),
            Err(_) => Err(Failure::Conflict),
        }
    }
}
