//! Lists, a page at a time, newest first.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use contract::{Contract, ContractId, ContractNumber, CustomerId, StateName, SubjectKey};

use crate::{
    Failure, Table,
    item::{Item, SHARDS, body, get, key},
    table::{BY_CUSTOMER, BY_REVIEW, BY_STATE, BY_SUBJECT, Index},
};

/// Items a page.
pub(crate) const PAGE: usize = 20;

/// A filtered search reads so many pages of its index at most before it answers with what it found and a cursor.
const ROUNDS: usize = 25;

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub cursor: Option<String>,
}

impl<T> Page<T> {
    /// The first items of one more than a page holds.
    pub(crate) fn of(
        mut items: Vec<Item>,
        sort: &str,
        read: impl Fn(&Item) -> Result<T, Failure>,
    ) -> Result<Self, Failure> {
        let more = items.len() > PAGE;
        items.truncate(PAGE);
        let cursor =
            items.last().filter(|_| more).and_then(|item| get(item, sort)).map(|sort| URL_SAFE_NO_PAD.encode(sort));
        Ok(Self { items: items.iter().map(read).collect::<Result<_, _>>()?, cursor })
    }

    /// What a cursor stands for; `None` where it is none of ours.
    #[must_use]
    pub fn cursor(text: &str) -> Option<String> {
        let sort = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        ((20..=64).contains(&sort.len()) && sort.bytes().all(|byte| byte.is_ascii_graphic())).then_some(sort)
    }
}

/// What staff look for. All that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct Criteria {
    pub state: Option<StateName>,
    pub number: Option<ContractNumber>,
    pub customer: Option<CustomerId>,
    /// The keys that a credential number may have, one for each kind of document it fits.
    pub subjects: Option<Vec<SubjectKey>>,
    pub needs_review: Option<bool>,
}

impl Criteria {
    fn met_by(&self, contract: &Contract) -> bool {
        self.state.is_none_or(|state| contract.state.name() == state)
            && self.number.as_ref().is_none_or(|number| contract.number == *number)
            && self.customer.as_ref().is_none_or(|customer| contract.customer == *customer)
            && self.subjects.as_ref().is_none_or(|subjects| subjects.contains(&contract.subject.key))
            && self.needs_review.is_none_or(|held| contract.review.is_some() == held)
    }

    /// The index that narrows the search most, and the partitions of it.
    fn partitions(&self) -> (Index, Vec<String>) {
        if let Some(customer) = &self.customer {
            return (BY_CUSTOMER, vec![customer.to_string()]);
        }
        if let Some(subjects) = &self.subjects {
            return (BY_SUBJECT, subjects.iter().map(|subject| subject.0.clone()).collect());
        }
        if self.needs_review == Some(true) {
            return (BY_REVIEW, vec!["held".to_owned()]);
        }
        let states = self.state.map_or_else(|| StateName::ALL.to_vec(), |state| vec![state]);
        let shards =
            states.iter().flat_map(|state| (0..SHARDS).map(|shard| format!("{}#{shard}", state.as_str()))).collect();
        (BY_STATE, shards)
    }
}

impl Table {
    /// A customer's contracts.
    pub async fn contracts_of(&self, customer: &CustomerId, before: Option<&str>) -> Result<Page<Contract>, Failure> {
        let items = self.newest(BY_CUSTOMER, customer.as_str(), before, PAGE + 1).await?;
        Page::of(items, BY_CUSTOMER.sort, |item| body(item, "a contract"))
    }

    /// Contracts that meet the criteria.
    pub async fn search(&self, criteria: &Criteria, before: Option<&str>) -> Result<Page<Contract>, Failure> {
        if let Some(number) = &criteria.number {
            let found = match self.item(key(format!("NUMBER#{number}"), "NUMBER"), "reading a number").await? {
                Some(item) => self.contract(body::<ContractId>(&item, "a number")?).await?,
                None => None,
            };
            return Ok(Page {
                items: found.into_iter().filter(|contract| criteria.met_by(contract)).collect(),
                cursor: None,
            });
        }
        let (index, partitions) = criteria.partitions();
        let mut before = before.map(str::to_owned);
        let mut found = Vec::new();
        for _ in 0..ROUNDS {
            let mut items = Vec::new();
            for partition in &partitions {
                items.extend(self.newest(index, partition, before.as_deref(), PAGE + 1).await?);
            }
            items.sort_by(|one, other| get(other, index.sort).cmp(&get(one, index.sort)));
            let more = items.len() > PAGE;
            for item in items.iter().take(PAGE) {
                before = get(item, index.sort).map(str::to_owned);
                let contract: Contract = body(item, "a contract")?;
                if criteria.met_by(&contract) {
                    found.push(contract);
                }
                if found.len() == PAGE {
                    return Ok(Page { items: found, cursor: before.map(|sort| URL_SAFE_NO_PAD.encode(sort)) });
                }
            }
            if !more {
                return Ok(Page { items: found, cursor: None });
            }
        }
        Ok(Page { items: found, cursor: before.map(|sort| URL_SAFE_NO_PAD.encode(sort)) })
    }
}
