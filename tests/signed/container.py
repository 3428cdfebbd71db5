"""CMS containers and time stamps, written by hand, so that each part can be wrong."""

from __future__ import annotations

import datetime as dt
import hashlib

from authority import Identity
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

DATA = "1.2.840.113549.1.7.1"
SIGNED = "1.2.840.113549.1.7.2"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
TOKEN = "1.2.840.113549.1.9.16.2.14"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
HASHES = {
    "md5": "1.2.840.113549.2.5",
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
    "sm3": "1.2.156.10197.1.401",
}
RSA = "1.2.840.113549.1.1.1"
PSS = "1.2.840.113549.1.1.10"
ECDSA = {"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"}


def tlv(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def seq(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def members(*parts: bytes) -> bytes:
    """A SET OF in the order DER wants."""
    return tlv(0x31, *sorted(parts))


def integer(value: int) -> bytes:
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(value: bytes) -> bytes:
    return tlv(4, value)


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    body = bytearray([first * 40 + second])
    for number in rest:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        body += bytes(reversed(groups))
    return tlv(6, bytes(body))


NULL = b"\x05\x00"


def hash_of(digest: str) -> bytes:
    return seq(oid(HASHES[digest]), NULL)


def hashed(digest: str, data: bytes) -> bytes:
    return hashlib.new("sha256" if digest == "sm3" else digest, data).digest()


def when(time: dt.datetime) -> bytes:
    return tlv(0x17, time.strftime("%y%m%d%H%M%SZ").encode())


def attribute(kind: str, *values: bytes) -> bytes:
    return seq(oid(kind), tlv(0x31, *values))


def names_signer(der: bytes, *, digest: str = "sha256", more: tuple[bytes, ...] = ()) -> bytes:
    """The attribute that names the signer's certificate, and perhaps others behind it."""

    def one(each: bytes) -> bytes:
        certificate = x509.load_der_x509_certificate(each)
        issuer = seq(tlv(0xA4, certificate.issuer.public_bytes()))
        kind = b"" if digest == "sha256" else hash_of(digest)
        return seq(kind, octets(hashed(digest, each)), seq(issuer, integer(certificate.serial_number)))

    return attribute(CERTIFICATE_V2, seq(seq(*(one(each) for each in (der, *more)))))


def signature(key, digest: str, message: bytes, scheme: str) -> tuple[bytes, bytes]:
    """The algorithm and the signature's bytes."""
    digests = {"md5": hashes.MD5(), "sha1": hashes.SHA1(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
    chosen = digests.get(digest, hashes.SHA256())
    if isinstance(key, rsa.RSAPrivateKey):
        if scheme == "pss":
            size = chosen.digest_size
            made = key.sign(message, padding.PSS(padding.MGF1(chosen), size), chosen)
            mask = seq(oid("1.2.840.113549.1.1.8"), hash_of(digest))
            how = seq(tlv(0xA0, hash_of(digest)), tlv(0xA1, mask), tlv(0xA2, integer(size)))
            return seq(oid(PSS), how), made
        return seq(oid(RSA), NULL), key.sign(message, padding.PKCS1v15(), chosen)
    made = key.sign(hashed(digest, message), ec.ECDSA(Prehashed(chosen)))
    return seq(oid(ECDSA.get(digest, ECDSA["sha256"]))), made


def container(
    who: Identity,
    data: bytes,
    *,
    digest: str = "sha256",
    scheme: str = "pkcs1",
    cades: bool = True,
    signing_time: dt.datetime | None = None,
    certificates: list[bytes] | None = None,
    names: bytes | None = None,
    message_digest: bytes | None = None,
    content_type: str = DATA,
    attributes: tuple[bytes, ...] = (),
    token=None,
    infos: int = 1,
    embedded: bytes = b"",
    algorithm: bytes | None = None,
    value: bytes | None = None,
    attributes_kept: bool = True,
    version: int = 1,
) -> bytes:
    """A container over `data`. `token` makes the unsigned time stamp of the signature's bytes."""
    signed = [attribute(CONTENT_TYPE, oid(content_type)), attribute(DIGEST, octets(message_digest or hashed(digest, data)))]
    if signing_time:
        signed.append(attribute(SIGNING_TIME, when(signing_time)))
    if cades:
        signed.append(names_signer(who.der) if names is None else names)
    signed = [each for each in (*signed, *attributes) if each]
    message = members(*signed) if attributes_kept else data
    found, made = signature(who.key, digest, message, scheme)
    made = value if value is not None else made
    issuer = seq(who.certificate.issuer.public_bytes(), integer(who.certificate.serial_number))
    listed = tlv(0xA0, *sorted(signed)) if attributes_kept else b""
    stamps = tlv(0xA1, attribute(TOKEN, token(made))) if token else b""
    info = seq(integer(1), issuer, hash_of(digest), listed, algorithm or found, octets(made), stamps)
    chain = who.chain() if certificates is None else certificates
    body = seq(
        integer(version),
        members(hash_of(digest)),
        seq(oid(DATA), embedded),
        tlv(0xA0, *chain),
        tlv(0x31, *[info] * infos),
    )
    return seq(oid(SIGNED), tlv(0xA0, body))


def time_stamp(
    tsa: Identity,
    data: bytes,
    time: dt.datetime,
    *,
    digest: str = "sha256",
    imprint: bytes | None = None,
    certificates: list[bytes] | None = None,
    broken: bool = False,
) -> bytes:
    """An RFC 3161 token over `data`."""
    stamp = seq(hash_of(digest), octets(imprint or hashed(digest, data)))
    generated = tlv(0x18, time.strftime("%Y%m%d%H%M%SZ").encode())
    info = seq(integer(1), oid("1.3.6.1.4.1.99999.1"), stamp, integer(x509.random_serial_number()), generated)
    signed = [attribute(CONTENT_TYPE, oid(TST_INFO)), attribute(DIGEST, octets(hashed(digest, info))), names_signer(tsa.der)]
    found, made = signature(tsa.key, digest, members(*signed), "pkcs1")
    if broken:
        made = made[:-1] + bytes([made[-1] ^ 1])
    issuer = seq(tsa.certificate.issuer.public_bytes(), integer(tsa.certificate.serial_number))
    one = seq(integer(1), issuer, hash_of(digest), tlv(0xA0, *sorted(signed)), found, octets(made))
    chain = certificates if certificates is not None else (tsa.chain() or [tsa.der])
    body = seq(
        integer(3),
        members(hash_of(digest)),
        seq(oid(TST_INFO), tlv(0xA0, octets(info))),
        tlv(0xA0, *chain),
        tlv(0x31, one),
    )
    return seq(oid(SIGNED), tlv(0xA0, body))


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
