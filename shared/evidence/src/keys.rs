//! Which signature algorithms are accepted, and the checks themselves.
//!
//! Accepted are RSA from 2048 bits with PKCS #1 v1.5 or PSS padding, and ECDSA on P-256 and P-384, each with SHA-256, SHA-384 or SHA-512. SHA-1 and
//! everything older is refused. SM2 with SM3 is recognised, and not judged here.

use der::Encode;
use der::asn1::ObjectIdentifier;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::pkcs8::DecodePublicKey;
use rsa::pss::Pss;
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Sign, PublicKey};
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::asn1::{self, Node};
use crate::defect::Defect;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier = oid("1.2.840.10045.2.1");
/// The arc of the Chinese algorithms (GB/T 33560).
const CHINESE: &str = "1.2.156.10197.1";
/// The arc of containers made with them (GB/T 35276).
const CHINESE_CONTAINERS: &str = "1.2.156.10197.6.1.4.2";
const P256: ObjectIdentifier = oid("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = oid("1.3.132.0.34");
/// Bytes of the smallest accepted RSA modulus.
const MIN_RSA_BYTES: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// The hash function an algorithm identifier stands for.
    pub(crate) fn of(algorithm: &AlgorithmIdentifierOwned) -> Result<Hash, Defect> {
        const HASHES: [(ObjectIdentifier, Hash); 3] = [
            (oid("2.16.840.1.101.3.4.2.1"), Hash::Sha256),
            (oid("2.16.840.1.101.3.4.2.2"), Hash::Sha384),
            (oid("2.16.840.1.101.3.4.2.3"), Hash::Sha512),
        ];
        require_no_parameters(algorithm)?;
        HASHES.iter().find(|(known, _)| *known == algorithm.oid).map(|(_, hash)| *hash).ok_or(Defect::Algorithm)
    }

    pub(crate) fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        fn run<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut digest = D::new();
            for part in parts {
                digest.update(part);
            }
            digest.finalize().to_vec()
        }
        match self {
            Hash::Sha256 => run::<Sha256>(parts),
            Hash::Sha384 => run::<Sha384>(parts),
            Hash::Sha512 => run::<Sha512>(parts),
        }
    }
}

/// SHA-1, for the one attribute that knows nothing else (RFC 2634, 5.4). It binds a certificate to a signature that covers the attribute.
pub(crate) fn sha1(bytes: &[u8]) -> Vec<u8> {
    sha1::Sha1::digest(bytes).to_vec()
}

/// Whether an algorithm or a type of content is one of SM2, SM3 and their containers.
pub(crate) fn is_chinese(oid: &ObjectIdentifier) -> bool {
    let oid = oid.to_string();
    [CHINESE, CHINESE_CONTAINERS]
        .iter()
        .any(|arc| oid.strip_prefix(arc).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

#[derive(Clone, Copy)]
enum Scheme {
    Pkcs1(Hash),
    Pss(Hash, usize),
    Ecdsa(Hash),
}

/// Checks a signature over `message`. `hash` is the hash function named elsewhere, for algorithm identifiers that leave it open. Answers what the algorithm is called.
pub(crate) fn check(
    key: &SubjectPublicKeyInfoOwned,
    algorithm: &AlgorithmIdentifierOwned,
    hash: Option<Hash>,
    message: &[u8],
    signature: &[u8],
) -> Result<&'static str, Defect> {
    let scheme = scheme(algorithm, hash)?;
    let (Scheme::Pkcs1(used) | Scheme::Pss(used, _) | Scheme::Ecdsa(used)) = scheme;
    let digest = used.digest(&[message]);
    let curve = key.algorithm.parameters.as_ref().and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
    let key = key.to_der().map_err(|_| Defect::Algorithm)?;
    let held = match scheme {
        Scheme::Ecdsa(_) if curve == Some(P256) => {
            let key = p256::ecdsa::VerifyingKey::from_public_key_der(&key).map_err(|_| Defect::Algorithm)?;
            p256::ecdsa::DerSignature::try_from(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok())
        }
        Scheme::Ecdsa(_) if curve == Some(P384) => {
            let key = p384::ecdsa::VerifyingKey::from_public_key_der(&key).map_err(|_| Defect::Algorithm)?;
            p384::ecdsa::DerSignature::try_from(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok())
        }
        Scheme::Ecdsa(_) => return Err(Defect::Algorithm),
        Scheme::Pkcs1(hash) => {
            let scheme = match hash {
                Hash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
                Hash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
                Hash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
            };
            rsa_key(&key)?.verify(scheme, &digest, signature).is_ok()
        }
        Scheme::Pss(hash, salt) => {
            let key = rsa_key(&key)?;
            match hash {
                Hash::Sha256 => key.verify(Pss::<Sha256>::new_with_salt(salt), &digest, signature),
                Hash::Sha384 => key.verify(Pss::<Sha384>::new_with_salt(salt), &digest, signature),
                Hash::Sha512 => key.verify(Pss::<Sha512>::new_with_salt(salt), &digest, signature),
            }
            .is_ok()
        }
    };
    if !held {
        return Err(Defect::SignatureValue);
    }
    Ok(match (scheme, used) {
        (Scheme::Pkcs1(_), Hash::Sha256) => "RSA with SHA-256",
        (Scheme::Pkcs1(_), Hash::Sha384) => "RSA with SHA-384",
        (Scheme::Pkcs1(_), Hash::Sha512) => "RSA with SHA-512",
        (Scheme::Pss(..), Hash::Sha256) => "RSA-PSS with SHA-256",
        (Scheme::Pss(..), Hash::Sha384) => "RSA-PSS with SHA-384",
        (Scheme::Pss(..), Hash::Sha512) => "RSA-PSS with SHA-512",
        (Scheme::Ecdsa(_), Hash::Sha256) => "ECDSA with SHA-256",
        (Scheme::Ecdsa(_), Hash::Sha384) => "ECDSA with SHA-384",
        (Scheme::Ecdsa(_), Hash::Sha512) => "ECDSA with SHA-512",
    })
}

fn rsa_key(der: &[u8]) -> Result<PublicKey, Defect> {
    let key = PublicKey::from_public_key_der(der).map_err(|_| Defect::Algorithm)?;
    if key.size() < MIN_RSA_BYTES { Err(Defect::Algorithm) } else { Ok(key) }
}

fn scheme(algorithm: &AlgorithmIdentifierOwned, hash: Option<Hash>) -> Result<Scheme, Defect> {
    const SCHEMES: [(ObjectIdentifier, Scheme); 6] = [
        (oid("1.2.840.113549.1.1.11"), Scheme::Pkcs1(Hash::Sha256)),
        (oid("1.2.840.113549.1.1.12"), Scheme::Pkcs1(Hash::Sha384)),
        (oid("1.2.840.113549.1.1.13"), Scheme::Pkcs1(Hash::Sha512)),
        (oid("1.2.840.10045.4.3.2"), Scheme::Ecdsa(Hash::Sha256)),
        (oid("1.2.840.10045.4.3.3"), Scheme::Ecdsa(Hash::Sha384)),
        (oid("1.2.840.10045.4.3.4"), Scheme::Ecdsa(Hash::Sha512)),
    ];
    if algorithm.oid == RSA_PSS {
        return pss(algorithm);
    }
    require_no_parameters(algorithm)?;
    match (algorithm.oid, hash) {
        (RSA, Some(hash)) => Ok(Scheme::Pkcs1(hash)),
        (EC_PUBLIC_KEY, Some(hash)) => Ok(Scheme::Ecdsa(hash)),
        (named, _) => {
            SCHEMES.into_iter().find(|(known, _)| *known == named).map(|(_, scheme)| scheme).ok_or(Defect::Algorithm)
        }
    }
}

/// RFC 4055, 3.1. What is left out stands for SHA-1, and is refused.
fn pss(algorithm: &AlgorithmIdentifierOwned) -> Result<Scheme, Defect> {
    let wrong = |_| Defect::Algorithm;
    let der = algorithm.parameters.as_ref().and_then(|parameters| parameters.to_der().ok()).ok_or(Defect::Algorithm)?;
    let (parameters, _) = asn1::read(&der).map_err(wrong)?;
    let part = |tag| parameters.items().iter().find(|part| part.tag == tag).and_then(|part| part.items().first());
    let named = |part: &Node<'_>| -> Result<AlgorithmIdentifierOwned, Defect> { part.decode().map_err(wrong) };
    let hash = Hash::of(&named(part(0xa0).ok_or(Defect::Algorithm)?)?)?;
    let mask = named(part(0xa1).ok_or(Defect::Algorithm)?)?;
    let mask_hash = mask.parameters.as_ref().and_then(|hash| hash.decode_as::<AlgorithmIdentifierOwned>().ok());
    // MGF1 is the only mask function there is; it has to use the same hash.
    if mask.oid != oid("1.2.840.113549.1.1.8") || Hash::of(&mask_hash.ok_or(Defect::Algorithm)?)? != hash {
        return Err(Defect::Algorithm);
    }
    let salt: u16 = part(0xa2).map_or(Ok(20), |salt| salt.decode().map_err(wrong))?;
    Ok(Scheme::Pss(hash, usize::from(salt)))
}

fn require_no_parameters(algorithm: &AlgorithmIdentifierOwned) -> Result<(), Defect> {
    match &algorithm.parameters {
        None => Ok(()),
        Some(parameters) if parameters.is_null() => Ok(()),
        Some(_) => Err(Defect::Algorithm),
    }
}
