"""Test authorities, certificates and keys, all made anew each time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Eku
from cryptography.x509.oid import NameOID

PARTY_A = "欧阳镕"
PARTY_B = "杭州示例云计算有限公司"
PASSWORD = b"made up"


def day(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.timezone.utc)


def new_key(kind: str):
    """P-256, P-384, secp256k1, or RSA with its bits (`rsa2048`) and, for a fault, its exponent (`rsa2048e3`)."""
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1(), "k1": ec.SECP256K1()}
    if kind in curves:
        return ec.generate_private_key(curves[kind])
    bits, _, exponent = kind.removeprefix("rsa").partition("e")
    return rsa.generate_private_key(int(exponent or 65537), int(bits))


def name(common: str | None, organisation: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, "CN")]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    if common:
        parts.append(x509.NameAttribute(NameOID.COMMON_NAME, common))
    return x509.Name(parts)


def usage(*names: str) -> x509.KeyUsage:
    every = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign encipher_only decipher_only"
    ).split()
    return x509.KeyUsage(**{each: each in names for each in every})


@dataclass
class Identity:
    """A key with its certificate and those above it, the nearest first and the root last."""

    key: object
    certificate: x509.Certificate
    above: list[x509.Certificate]

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def chain(self) -> list[bytes]:
        """The certificates in DER, the signer's first, without the root."""
        return [each.public_bytes(serialization.Encoding.DER) for each in [self.certificate, *self.above[:-1]]]

    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def save(self, path: Path) -> None:
        path.write_bytes(
            serialization.pkcs12.serialize_key_and_certificates(
                b"signer", self.key, self.certificate, self.above[:-1], serialization.BestAvailableEncryption(PASSWORD)
            )
        )


def certificate(
    subject: x509.Name,
    key,
    issuer: Identity | None,
    *,
    start: str = "2026-11-01",
    end: str = "2056-01-01",
    extensions: list[tuple[x509.ExtensionType, bool]],
    signing_key=None,
    digest=None,
    signing: dict | None = None,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(day(start))
        .not_valid_after(day(end))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    by = signing_key or (issuer.key if issuer else key)
    if issuer:
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key())
        builder = builder.add_extension(above, False)
    return builder.sign(by, digest or hashes.SHA256(), **(signing or {}))


def authority(
    common: str,
    issuer: Identity | None = None,
    *,
    kind: str = "p256",
    ca: bool = True,
    length: int | None = None,
    constraints: tuple[x509.NameConstraints, bool] | None = None,
    start: str = "2020-01-01",
    end: str = "2060-01-01",
) -> Identity:
    key = new_key(kind)
    basic = x509.BasicConstraints(ca, length if ca else None)
    extensions = [(basic, True), (usage("key_cert_sign", "crl_sign"), True)]
    if constraints:
        extensions.append(constraints)
    made = certificate(name(common, "Made Up Tests"), key, issuer, start=start, end=end, extensions=extensions)
    return Identity(key, made, [issuer.certificate, *issuer.above] if issuer else [])


def person(
    issuer: Identity,
    common: str | None,
    organisation: str | None = None,
    *,
    kind: str = "p256",
    key=None,
    eku: list | None = None,
    ku: tuple[str, ...] = ("digital_signature", "content_commitment"),
    ca: bool = False,
    **validity,
) -> Identity:
    key = key or new_key(kind)
    extensions = [(x509.BasicConstraints(ca, None), True), (usage(*ku), True)]
    if eku:
        extensions.append((x509.ExtendedKeyUsage(eku), False))
    made = certificate(name(common, organisation), key, issuer, extensions=extensions, **validity)
    above = [issuer.certificate, *issuer.above]
    return Identity(key, made, above)


def time_stamper(issuer: Identity | None, *, kind: str = "p256", eku: bool = True, critical: bool = True, **validity) -> Identity:
    key = new_key(kind)
    extensions = [(usage("digital_signature"), True)]
    if eku:
        extensions.append((x509.ExtendedKeyUsage([Eku.TIME_STAMPING]), critical))
    made = certificate(name("Made Up Time Stamps", "Made Up Tests"), key, issuer, extensions=extensions, **validity)
    return Identity(key, made, [issuer.certificate, *issuer.above] if issuer else [made])


def revocation_list(issuer: Identity, at: str = "2026-11-30T22:00:00") -> x509.CertificateRevocationList:
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(day(at))
        .next_update(day("2056-01-01"))
        .add_extension(x509.CRLNumber(1), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False)
        .sign(issuer.key, hashes.SHA256())
    )


class House:
    """The authority that most cases use, with a signer for each party."""

    def __init__(self):
        self.root = authority("Made Up Root")
        self.issuing = authority("Made Up Issuing", self.root, length=0)
        self.a = person(self.issuing, PARTY_A)
        self.b = person(self.issuing, PARTY_B, PARTY_B, kind="rsa2048")
        self.tsa = time_stamper(self.issuing, kind="rsa2048", start="2025-01-01")
        self.anchors = "root.pem"

    def signer(self, party: str, **how) -> Identity:
        """Another certificate for the same party: party A is a person, party B an organisation."""
        how.setdefault("issuer", self.issuing)
        issuer = how.pop("issuer")
        if party == "a":
            return person(issuer, how.pop("common", PARTY_A), how.pop("organisation", None), **how)
        return person(issuer, how.pop("common", PARTY_B), how.pop("organisation", PARTY_B), kind=how.pop("kind", "p256"), **how)
