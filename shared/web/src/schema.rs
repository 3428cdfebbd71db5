//! The texts that bodies and answers hold, as the API's description names them: the values that a name can have and the bounds of
//! what people type in, both taken from the `contract` room. A field says which of them it is by `#[schema(value_type = …)]`.

use contract::{
    Action, ActorKind, Address, BankAccount, CredentialType as Credentials, InvoiceType as Invoices,
    Language as Languages, Message as Messages, Name as Names, Outcome, Phone as Phones, ProviderVerdict as Verdicts,
    Reason as Reasons, Refusal, ReviewDecision as Decisions, ReviewReason as Reviews, StateName as States,
    SubjectType as Subjects,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:expr;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::from($text).description(Some(concat!($($doc),+).trim())).into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

texts! {
    /// 客户主体类型. Decides the signing type; nobody chooses it.
    SubjectType = one_of([Subjects::Personal, Subjects::Enterprise].map(Subjects::as_str));
    /// 证件类型: 统一社会信用代码, 居民身份证, 港澳居民来往内地通行证, 台湾居民来往大陆通行证, 护照.
    CredentialType = one_of(Credentials::ALL.map(Credentials::as_str));
    /// 个人证件类型: the documents that name a person.
    PersonalCredentialType = one_of(
        Credentials::ALL.into_iter().filter(|kind| Subjects::Personal.takes(*kind)).map(Credentials::as_str)
    );
    /// 普通发票 or 增值税专用发票.
    InvoiceType = one_of([Invoices::General, Invoices::Special].map(Invoices::as_str));
    /// 合同状态. `signed`, `revoked`, `declined`, `expired` and `closed` never change.
    ContractState = one_of(States::ALL.map(States::as_str));
    /// The language of texts; `en` adds a translation to the agreement.
    Language = one_of([Languages::ZhCn, Languages::En].map(Languages::as_str));
    /// Why a contract is held for staff to look at.
    ReviewReason = one_of(
        [
            Reviews::SignerMismatch,
            Reviews::DocumentMismatch,
            Reviews::StartRefused,
            Reviews::FlowUnknown,
            Reviews::CompletedAfterEnd,
        ]
        .map(Reviews::as_str)
    );
    /// What the customer can do with a contract now.
    AllowedAction = one_of(
        [
            Action::Edit,
            Action::Confirm,
            Action::SubmitSigner,
            Action::OpenSigning,
            Action::Revoke,
            Action::Download,
        ]
        .map(Action::as_str)
    );
    /// Who did it.
    Actor = one_of(
        [ActorKind::Customer, ActorKind::Staff, ActorKind::Provider, ActorKind::System].map(ActorKind::as_str)
    );
    /// Why a subject cannot apply.
    IneligibleReason = one_of(
        [Refusal::Unverified, Refusal::ContractOpen { contract: None }, Refusal::ContractSigned, Refusal::SignedOnPaper]
            .map(|refusal| refusal.code())
    );
    /// How a paper contract stands.
    PaperStatus = one_of(["recorded", "waiting", "refused", "withdrawn"]);
    /// 非标条款, 已签合同变更, 其他.
    EnquiryTopic = one_of(["non_standard_terms", "change_signed", "other"]);
    /// To go on to the archive, to try again what failed, or to end the contract. `close` of a contract whose flow is completed takes two
    /// members of staff.
    ReviewDecision = one_of([Decisions::Accept, Decisions::Retry, Decisions::Close].map(Decisions::as_str));
    /// `broken` cannot be accepted by anybody; `unjudged` is what nobody can judge here, and staff may accept it.
    HeldOutcome = one_of([Outcome::Broken, Outcome::Unjudged].map(Outcome::as_str));
    /// Whether the provider says that its own copy was changed after signing; `unsaid` where its answer does not say.
    ProviderVerdict = one_of([Verdicts::Unmodified, Verdicts::Modified, Verdicts::Unsaid].map(Verdicts::as_str));
    /// A ULID: 26 upper-case Crockford characters.
    Ulid = shaped("^[0-7][0-9A-HJKMNP-TV-Z]{25}$");
    /// A SHA-256, in lower-case hexadecimal digits.
    Sha256 = shaped("^[0-9a-f]{64}$");
    /// 合同编号, as it is printed in the contract.
    ContractNumber = shaped("^HT-[0-9]{8}-[0-9A-Z]{10}$");
    /// A point in time, RFC 3339 in UTC.
    Time = plain().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    /// A day, `YYYY-MM-DD`.
    Date = plain().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
    /// An address that works for a short time, without a token.
    Link = plain().format(Some(SchemaFormat::Custom("uri".to_owned())));
    /// A name of a person, a company or a bank. No control characters, nothing that cannot be seen.
    Name = bounded(Names::BOUNDS);
    /// 地址. No control characters, nothing that cannot be seen.
    PostalAddress = bounded(Address::BOUNDS);
    /// A number to be called at: digits, `+ - ( )` and space, at least five of them digits.
    Phone = bounded(Phones::BOUNDS).pattern(Some("^[0-9+() -]+$"));
    /// 手机号码: a mainland mobile number.
    Mobile = shaped("^1[3-9][0-9]{9}$");
    /// An e-mail address of ASCII characters.
    Email = bounded(contract::Email::BOUNDS).format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)));
    /// 银行账号: digits, with spaces or hyphens between groups.
    AccountNumber = bounded(BankAccount::BOUNDS).pattern(Some("^[0-9 -]+$"));
    /// 统一社会信用代码 (GB 32100), with its check character.
    CreditCode = shaped("^[0-9A-HJ-NP-RTUW-Y]{2}[0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}$");
    /// 证件号码, of the form that its type has; with its check character where it has one (GB 11643, GB 32100).
    CredentialNumber = plain().min_length(Some(5)).max_length(Some(20)).pattern(Some("^[0-9A-Za-z]+$"));
    /// Why something is done.
    Reason = bounded(Reasons::BOUNDS);
    /// What is asked; line breaks are kept.
    Message = bounded((1, Messages::MOST));
    /// The vendor's id of an account.
    CustomerId = shaped("^[A-Za-z0-9_.@:-]{1,64}$");
}

fn plain() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn one_of(names: impl IntoIterator<Item = &'static str>) -> ObjectBuilder {
    plain().enum_values(Some(names))
}

fn shaped(pattern: &str) -> ObjectBuilder {
    plain().pattern(Some(pattern))
}

fn bounded((least, most): (usize, usize)) -> ObjectBuilder {
    plain().min_length(Some(least)).max_length(Some(most))
}
