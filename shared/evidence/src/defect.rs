//! What can be wrong with a signed PDF.

use contract::Language;
use lopdf::ObjectId;

/// Why a PDF is not accepted as the signed contract. Each says in one sentence what is wrong, without personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Defect {
    /// The file is larger than [`crate::MAX_BYTES`].
    #[error("The file is too large to be a signed contract.")]
    TooLarge,
    /// The file, or one of its revisions, is not a PDF that every reader understands alike.
    #[error("The file is not a well-formed PDF: {0}.")]
    Malformed(&'static str),
    /// Fewer than two signatures, or more than [`crate::MAX_SIGNATURES`].
    #[error("The file has {0} signatures; a contract has one of each party.")]
    SignatureCount(usize),
    /// A signature does not cover all of its revision but the place of its own container.
    #[error("A signature does not cover the whole file as it stood when it was made.")]
    Coverage,
    /// Something other than validation data stands behind the last signature.
    #[error("Bytes were added to the file after the last signature.")]
    AddedAfterSigning,
    /// The container is not the strict DER of one detached signature by one signer.
    #[error("A signature's container is not well formed: {0}.")]
    Container(&'static str),
    /// The signature needs an algorithm that is not accepted here.
    #[error("A signature uses an algorithm that is not accepted.")]
    Algorithm,
    /// The digest in the signature is not that of the file.
    #[error("The file was changed after it was signed.")]
    Digest,
    /// The signature value was not made with the signer's key.
    #[error("A signature was not made with the key of the certificate it names.")]
    SignatureValue,
    /// The signing-certificate attribute is missing, or names another certificate.
    #[error("A signature does not name the certificate it was made with.")]
    SigningCertificate,
    /// The signature does not say when it was made.
    #[error("A signature does not say when it was made.")]
    NoTime,
    /// A certificate was not valid at the time of signing.
    #[error("A certificate was not valid when the signature was made.")]
    Validity,
    /// A certificate was used for something it is not meant for.
    #[error("A certificate may not be used in this way.")]
    CertificateUse,
    /// No path leads from the signer's certificate to a trust anchor.
    #[error("A signer's certificate does not lead to a trusted authority.")]
    Untrusted,
    /// One of the two parties has not signed.
    #[error("The signature of {0} is missing.")]
    PartyMissing(&'static str),
    /// Somebody who is neither party has signed.
    #[error("Somebody who is not a party to the contract has signed it.")]
    Stranger,
    /// The file does not begin with the draft that was confirmed.
    #[error("The file does not begin with the draft that was confirmed.")]
    NotTheDraft,
    /// A revision changes or removes something of the document.
    #[error("Object {} of the document was changed after it was confirmed or signed.", .0.0)]
    Changed(ObjectId),
    /// A revision adds something that does not belong to its signature.
    #[error("Object {} was added to the document and does not belong to a signature.", .0.0)]
    Foreign(ObjectId),
    /// A revision changes an entry of the catalog, the form, a page or the trailer that a signature has no need to change.
    #[error("An entry of the document's {0} was changed after it was confirmed or signed.")]
    Entry(&'static str),
    /// A signature's field is not one small rectangle on one page.
    #[error("A signature's field is not a small rectangle on one page: {0}.")]
    Field(&'static str),
}

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
        }
    }

    /// The same in a sentence for people, without personal data.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        language.pick("文件不成立。", &self.to_string()).to_owned()
    }
}

/// Why a file in which nothing is broken cannot be judged here. Staff may accept it, with the file before them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// A signer's certificate, or a time stamp's, leads to an authority that is not among the anchors.
    #[error("The authority that vouches for {0} is not known here.")]
    UnknownAuthority(&'static str),
    /// The signature is genuine, but shows no seal.
    #[error("The signature of {0} shows no seal.")]
    Invisible(&'static str),
}

impl Doubt {
    /// A stable code, as it stands in the contract's history.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownAuthority(_) => "unknown_authority",
            Self::Invisible(_) => "invisible",
        }
    }

    /// The same in a sentence for people, without personal data.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        language.pick("此处无法判断。", &self.to_string()).to_owned()
    }
}
