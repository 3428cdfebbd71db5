"""SM2 with SM3 (GB/T 32918): keys, certificates and containers, because no library here makes them."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from authority import name
from container import DATA, NULL, integer, members, octets, oid, seq, tlv

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
SM3 = oid("1.2.156.10197.1.401")
SM2 = oid("1.2.156.10197.1.301.1")
SM2_WITH_SM3 = oid("1.2.156.10197.1.501")
CURVE = oid("1.2.156.10197.1.301")
# The types of GM/T 0010, which containers use in the place of those of CMS.
GM_SIGNED, GM_DATA = oid("1.2.156.10197.6.1.4.2.2"), oid("1.2.156.10197.6.1.4.2.1")
CMS_SIGNED = oid("1.2.840.113549.1.7.2")


def add(one, other):
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % P == 0:
            return None
        slope = (3 * one[0] ** 2 + A) * pow(2 * one[1], -1, P) % P
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P) % P
    x = (slope * slope - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def times(factor: int, point):
    found = None
    while factor:
        if factor & 1:
            found = add(found, point)
        point, factor = add(point, point), factor >> 1
    return found


def number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


@dataclass
class Signer:
    secret: int
    serial: int
    subject: bytes
    issuer: bytes
    certificate: bytes = b""

    @property
    def point(self):
        return times(self.secret, G)

    def sign(self, message: bytes) -> bytes:
        who = b"1234567812345678"
        about = (len(who) * 8).to_bytes(2, "big") + who + b"".join(map(number, (A, B, *G, *self.point)))
        digest = int.from_bytes(sm3(sm3(about) + message), "big")
        while True:
            once = secrets.randbelow(N - 1) + 1
            r = (digest + times(once, G)[0]) % N
            s = pow(1 + self.secret, -1, N) * (once - r * self.secret) % N
            if r and s and r + once != N:
                return seq(integer(r), integer(s))


def signer(common: str, organisation: str | None = None, *, by: Signer | None = None) -> Signer:
    """A key with its certificate, which `by` issues or which signs itself."""
    subject = name(common, organisation).public_bytes()
    made = Signer(secrets.randbelow(N - 2) + 1, secrets.randbits(64), subject, by.subject if by else subject)
    key = seq(seq(oid("1.2.840.10045.2.1"), CURVE), tlv(3, b"\x00\x04" + number(made.point[0]) + number(made.point[1])))
    validity = seq(tlv(0x17, b"261101000000Z"), tlv(0x17, b"461101000000Z"))
    usage = seq(oid("2.5.29.15"), tlv(1, b"\xff"), octets(tlv(3, b"\x06\xc0" if by else b"\x01\x06")))
    basic = seq(oid("2.5.29.19"), tlv(1, b"\xff"), octets(seq() if by else seq(tlv(1, b"\xff"))))
    extensions = tlv(0xA3, seq(usage, basic))
    body = seq(tlv(0xA0, integer(2)), integer(made.serial), seq(SM2_WITH_SM3), made.issuer, validity, subject, key, extensions)
    made.certificate = seq(body, seq(SM2_WITH_SM3), tlv(3, b"\x00" + (by or made).sign(body)))
    return made


def container(who: Signer, chain: list[Signer], data: bytes, *, gm: bool) -> bytes:
    """A container over `data`, by the types of CMS or by those of GM/T 0010."""
    content = GM_DATA if gm else oid(DATA)
    kind, digest = oid("1.2.840.113549.1.9.3"), oid("1.2.840.113549.1.9.4")
    signed = members(seq(kind, tlv(0x31, content)), seq(digest, tlv(0x31, octets(sm3(data)))))
    algorithm = seq(SM3, NULL)
    issuer = seq(who.issuer, integer(who.serial))
    info = seq(integer(1), issuer, algorithm, b"\xa0" + signed[1:], seq(SM2 if gm else SM2_WITH_SM3, NULL), octets(who.sign(signed)))
    certificates = tlv(0xA0, *(each.certificate for each in (who, *chain)))
    body = seq(integer(1), tlv(0x31, algorithm), seq(content), certificates, tlv(0x31, info))
    return seq(GM_SIGNED if gm else CMS_SIGNED, tlv(0xA0, body))
