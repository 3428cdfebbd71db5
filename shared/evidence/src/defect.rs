//! What can be wrong with a signed PDF, and what cannot be judged here.

use contract::Language;

/// Whose certificate or signature a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whose {
    PartyA,
    PartyB,
    /// An authority that states times.
    TimeStamp,
}

impl Whose {
    fn text(self, language: Language) -> &'static str {
        match self {
            Self::PartyA => language.pick("甲方", "party A"),
            Self::PartyB => language.pick("乙方", "party B"),
            Self::TimeStamp => language.pick("时间戳", "the time stamp"),
        }
    }
}

/// Why a PDF is not the signed contract: it is broken, and nobody can accept it. No text has personal data in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Defect {
    /// The file, or what it unpacks to, is larger than a signed contract.
    TooLarge,
    /// The file, or one of its revisions, is not a PDF that every reader understands alike.
    Malformed(&'static str),
    /// Fewer than two signatures, or more than [`crate::MAX_SIGNATURES`].
    SignatureCount(usize),
    /// A signature does not cover all of its revision but the place of its own container.
    Coverage,
    /// Something other than validation data stands behind the last signature.
    AddedAfterSigning,
    /// The container is not one signature by one signer.
    Container(&'static str),
    /// The signature needs an algorithm that is not safe.
    Algorithm,
    /// The digest in the signature is not that of the file.
    Digest,
    /// The signature value was not made with the signer's key.
    SignatureValue,
    /// The signing-certificate attribute is missing, or names another certificate.
    SigningCertificate,
    /// The signature does not say when it was made.
    NoTime,
    /// The signature states a time at which it cannot have been made.
    Time(&'static str),
    /// A time stamp does not hold.
    TimeStamp(&'static str),
    /// A certificate was not valid at the time of signing.
    Validity,
    /// A certificate was used for something it is not meant for.
    CertificateUse,
    /// A certificate is not from the authority that it names.
    Untrusted,
    /// One of the two parties has not signed.
    PartyMissing(Whose),
    /// Somebody who is neither party has signed.
    Stranger,
    /// The file is not the draft that was confirmed.
    NotTheDraft,
    /// A revision changes or removes an object of the document.
    Changed(u32),
    /// A revision adds an object that does not belong to a signature.
    Foreign(u32),
    /// A revision changes an entry of the catalog, the form, a page or the trailer that a signature has no need to change.
    Entry(&'static str),
    /// A signature's field does something else than to show the signature.
    Field(&'static str),
    /// A revision does what an earlier signature forbids.
    Forbidden,
    /// A page looks different from the confirmed draft, outside the seals.
    Pictures(u32),
    /// A seal hides text of the contract.
    Hidden(u32),
}

impl std::fmt::Display for Defect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(Language::En))
    }
}

impl std::error::Error for Defect {}

impl Defect {
    /// A stable code, as it stands in the contract's history.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed(_) => "malformed",
            Self::SignatureCount(_) => "signature_count",
            Self::Coverage => "coverage",
            Self::AddedAfterSigning => "added_after_signing",
            Self::Container(_) => "container",
            Self::Algorithm => "weak_algorithm",
            Self::Digest => "digest",
            Self::SignatureValue => "signature_value",
            Self::SigningCertificate => "signing_certificate",
            Self::NoTime => "no_time",
            Self::Time(_) => "impossible_time",
            Self::TimeStamp(_) => "time_stamp",
            Self::Validity => "validity",
            Self::CertificateUse => "certificate_use",
            Self::Untrusted => "forged_authority",
            Self::PartyMissing(_) => "party_missing",
            Self::Stranger => "stranger",
            Self::NotTheDraft => "not_the_draft",
            Self::Changed(_) => "changed",
            Self::Foreign(_) => "foreign",
            Self::Entry(_) => "entry",
            Self::Field(_) => "field",
            Self::Forbidden => "forbidden",
            Self::Pictures(_) => "pictures",
            Self::Hidden(_) => "hidden_text",
        }
    }

    /// The same in a sentence for people, without personal data. Details of the file's structure stand in English.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let zh = language == Language::ZhCn;
        match self {
            Self::Malformed(why) if zh => format!("文件不是所有阅读器都能一致理解的 PDF（{why}）。"),
            Self::Malformed(why) => format!("The file is not a PDF that every reader understands alike: {why}."),
            Self::SignatureCount(count) if zh => format!("文件有 {count} 个签名；合同应由双方各签一个。"),
            Self::SignatureCount(count) => {
                format!("The file has {count} signatures; a contract has one of each party.")
            }
            Self::Container(why) if zh => format!("签名数据不符合规范（{why}）。"),
            Self::Container(why) => format!("A signature's container is not well formed: {why}."),
            Self::Time(why) if zh => format!("签名所载时间不可能成立（{why}）。"),
            Self::Time(why) => format!("A signature states a time that cannot be right: {why}."),
            Self::TimeStamp(why) if zh => format!("时间戳不成立（{why}）。"),
            Self::TimeStamp(why) => format!("A time stamp does not hold: {why}."),
            Self::PartyMissing(whose) if zh => format!("缺少{}的签名。", whose.text(language)),
            Self::PartyMissing(whose) => format!("The signature of {} is missing.", whose.text(language)),
            Self::Changed(number) if zh => format!("文件的对象 {number} 在确认或签署后被更改。"),
            Self::Changed(number) => {
                format!("Object {number} of the document was changed after it was confirmed or signed.")
            }
            Self::Foreign(number) if zh => format!("文件中加入了不属于签名的对象 {number}。"),
            Self::Foreign(number) => {
                format!("Object {number} was added to the document and does not belong to a signature.")
            }
            Self::Entry(what) if zh => format!("文件的结构（{what}）在确认或签署后被更改。"),
            Self::Entry(what) => {
                format!("An entry of the document's {what} was changed after it was confirmed or signed.")
            }
            Self::Field(why) if zh => format!("签名域除显示签名外另有作用（{why}）。"),
            Self::Field(why) => format!("A signature's field does more than show one signature: {why}."),
            Self::Pictures(page) if zh => format!("第 {page} 页在签章以外与确认的合同不同。"),
            Self::Pictures(page) => {
                format!("Page {page} looks different from the confirmed contract, outside the seals.")
            }
            Self::Hidden(page) if zh => format!("第 {page} 页的签章遮住了合同文字。"),
            Self::Hidden(page) => format!("A seal on page {page} hides text of the contract."),
            plain => language.pick(plain.plain().0, plain.plain().1).to_owned(),
        }
    }

    /// The texts of what carries no detail.
    fn plain(&self) -> (&'static str, &'static str) {
        match self {
            Self::TooLarge => ("文件过大，不可能是已签署的合同。", "The file is too large to be a signed contract."),
            Self::Coverage => (
                "签名没有覆盖签署时的整个文件。",
                "A signature does not cover the whole file as it stood when it was made.",
            ),
            Self::AddedAfterSigning => {
                ("最后一个签名之后加入了内容。", "Something was added to the file after the last signature.")
            }
            Self::Algorithm => ("签名使用了不安全的算法。", "A signature uses an algorithm that is not safe."),
            Self::Digest => ("文件在签署后被更改。", "The file was changed after it was signed."),
            Self::SignatureValue => {
                ("签名不是用其证书的密钥生成的。", "A signature was not made with the key of the certificate it names.")
            }
            Self::SigningCertificate => {
                ("签名没有写明所用的证书。", "A signature does not name the certificate it was made with.")
            }
            Self::NoTime => ("签名没有写明签署时间。", "A signature does not say when it was made."),
            Self::Validity => ("签署时证书不在有效期内。", "A certificate was not valid when the signature was made."),
            Self::CertificateUse => ("证书的用途不包括签署合同。", "A certificate may not be used in this way."),
            Self::Untrusted => {
                ("证书不是由其写明的机构签发的。", "A certificate was not issued by the authority that it names.")
            }
            Self::Stranger => {
                ("合同当事人以外的人签了名。", "Somebody who is not a party to the contract has signed it.")
            }
            Self::NotTheDraft => ("文件不是已确认的合同。", "The file is not the contract that was confirmed."),
            Self::Forbidden => {
                ("文件的更改为先前的签名所禁止。", "The file was changed in a way that an earlier signature forbids.")
            }
            _ => ("文件不成立。", "The file does not hold."),
        }
    }
}

/// Why a file in which nothing is broken cannot be judged here. Staff may accept it, with the file before them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doubt {
    /// The path from a certificate leads to an authority that is not among the anchors.
    UnknownAuthority(Whose),
    /// A certificate, or one above it, has rules that are not known here.
    Certificate(Whose),
    /// The signature uses SM2 and SM3, which are not judged here.
    Chinese,
    /// The signature names the kind of its key where its algorithm should stand; readers differ about it.
    Algorithm(Whose),
    /// A certificate has run out since, and no time stamp proves that it was valid when the signature was made.
    Expired(Whose),
    /// The signature is genuine, but shows no seal.
    Invisible(Whose),
    /// The seal is drawn by means that are not followed here.
    Appearance(Whose),
    /// A certificate names its holder in a way that cannot be read here.
    Name(Whose),
    /// The times that the signature states contradict each other, its time stamp, its certificate or the signature before it.
    Time(Whose),
    /// The seal stands elsewhere, or has another size, than was asked for.
    SealPlace(Whose),
    /// A seal hides something on the page where it was asked for.
    SealHides(Whose),
    /// The provider wrote the draft anew, and the confirmed one is not at hand.
    Rewritten,
    /// The pages could not be drawn in the time that is given to it.
    NotDrawn,
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(Language::En))
    }
}

impl Doubt {
    /// A stable code, as it stands in the contract's history.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownAuthority(_) => "unknown_authority",
            Self::Certificate(_) => "unknown_certificate_rule",
            Self::Chinese => "sm2",
            Self::Algorithm(_) => "unnamed_algorithm",
            Self::Expired(_) => "expired_without_time_stamp",
            Self::Invisible(_) => "invisible",
            Self::Appearance(_) => "seal_appearance",
            Self::Name(_) => "certificate_name",
            Self::Time(_) => "contradicting_times",
            Self::SealPlace(_) => "seal_place",
            Self::SealHides(_) => "seal_hides",
            Self::Rewritten => "rewritten",
            Self::NotDrawn => "not_drawn",
        }
    }

    /// The same in a sentence for people, without personal data.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let zh = language == Language::ZhCn;
        let who = |whose: &Whose| whose.text(language);
        match self {
            Self::UnknownAuthority(whose) if zh => format!("{}证书的签发机构不在受信任的机构之列。", who(whose)),
            Self::UnknownAuthority(whose) => {
                format!("The authority behind the certificate of {} is not among the trusted ones.", who(whose))
            }
            Self::Certificate(whose) if zh => format!("{}的证书含有此处不了解的限制。", who(whose)),
            Self::Certificate(whose) => format!("The certificate of {} has rules that are not known here.", who(whose)),
            Self::Chinese if zh => "签名使用国密算法（SM2、SM3），此处不验证。".to_owned(),
            Self::Chinese => "A signature uses SM2 and SM3, which are not judged here.".to_owned(),
            Self::Algorithm(whose) if zh => format!("{}的签名没有写明算法，各阅读器的判断不一。", who(whose)),
            Self::Algorithm(whose) => {
                format!("The signature of {} does not name its algorithm; readers differ about it.", who(whose))
            }
            Self::Expired(whose) if zh => format!("{}的证书已过期，且没有时间戳证明签署时证书有效。", who(whose)),
            Self::Expired(whose) => format!(
                "The certificate of {} has run out, and no time stamp proves that it was valid when the signature was made.",
                who(whose)
            ),
            Self::Invisible(whose) if zh => format!("{}的签名有效，但没有显示签章。", who(whose)),
            Self::Invisible(whose) => format!("The signature of {} is genuine, but shows no seal.", who(whose)),
            Self::Appearance(whose) if zh => format!("{}的签章使用了此处不支持的绘图方式。", who(whose)),
            Self::Appearance(whose) => {
                format!("The seal of {} is drawn by means that are not followed here.", who(whose))
            }
            Self::Name(whose) if zh => format!("{}的证书以此处无法读取的方式写明持有人。", who(whose)),
            Self::Name(whose) => {
                format!("The certificate of {} names its holder in a way that cannot be read here.", who(whose))
            }
            Self::Time(whose) if zh => format!("{}的签名所载时间互相矛盾。", who(whose)),
            Self::Time(whose) => {
                format!("The times that the signature of {} states contradict each other.", who(whose))
            }
            Self::SealPlace(whose) if zh => format!("{}的签章位置或大小与要求的不同。", who(whose)),
            Self::SealPlace(whose) => {
                format!("The seal of {} stands elsewhere, or has another size, than was asked for.", who(whose))
            }
            Self::SealHides(whose) if zh => format!("{}的签章遮住了签署页上的部分内容。", who(whose)),
            Self::SealHides(whose) => format!("The seal of {} hides something on the signature page.", who(whose)),
            Self::Rewritten if zh => "签署平台重写了合同文件，需要与确认的合同对照。".to_owned(),
            Self::Rewritten => {
                "The provider wrote the draft anew, and the confirmed one is not at hand to compare.".to_owned()
            }
            Self::NotDrawn if zh => "无法在规定时间内绘出页面并与确认的合同对照。".to_owned(),
            Self::NotDrawn => "The pages could not be drawn and compared in the time given to it.".to_owned(),
        }
    }
}
