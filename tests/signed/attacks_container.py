"""Attacks on the signature itself: what it covers, how it stands in the file, and its container."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib

from authority import House, Identity, authority, time_stamper
from by_hand import both, by_b
from cases import BROKEN, UNJUDGED, Cases
from container import DATA, NULL, SIGNED, attribute, container, hash_of, integer, members, names_signer, octets, oid, seq, signature, time_stamp, tlv
from paper import SIGNED_A, Paper, base, blank
from sign import sign_a, sign_b, stamped


def fill(cases: Cases, house: House) -> None:
    def broken(name: str, pdf, what: str, **more) -> None:
        cases.add(f"{name}.pdf", pdf, more.pop("right", BROKEN), what, **{"kind": "signature", **more})

    ranges(broken, by_b(house), house)
    patched(broken, both(house), house)
    wrapped(broken)
    swapped(broken, house)
    containers(broken, by_b(house), house)
    weak(broken, by_b(house), house)
    tokens(broken, by_b(house), house)


def ranges(broken, one: Paper, house: House) -> None:
    """Signatures that are right over the bytes they name, but do not name all of them."""

    def second(name: str, what: str, told, covered) -> None:
        broken(f"range-{name}", sign_a(one, house.a, ranges=told, covered=covered), what)

    def numbers(*values: int) -> bytes:
        return b" ".join(b"%d" % value for value in values)

    second("gap-too-wide", "100 bytes behind /Contents are not covered", lambda s, f, t: numbers(0, s, f + 100, t - f - 100), lambda p, s, f: p[:s] + p[f + 100 :])
    second("gap-begins-early", "100 bytes before /Contents are not covered", lambda s, f, t: numbers(0, s - 100, f, t - f), lambda p, s, f: p[: s - 100] + p[f:])
    second("gap-without-brackets", "the gap is the digits of /Contents only", lambda s, f, t: numbers(0, s + 1, f - 1, t - f + 1), lambda p, s, f: p[: s + 1] + p[f - 1 :])
    second("not-from-start", "the first ten bytes are not covered", lambda s, f, t: numbers(10, s - 10, f, t - f), lambda p, s, f: p[10:s] + p[f:])
    second("not-to-end", "the last ten bytes are not covered", lambda s, f, t: numbers(0, s, f, t - f - 10), lambda p, s, f: p[:s] + p[f:-10])
    second("only-first-part", "/ByteRange has two numbers: what follows /Contents is not covered", lambda s, f, t: numbers(0, s), lambda p, s, f: p[:s])
    second("six-numbers", "/ByteRange has six numbers, and a hole in the middle of the file", lambda s, f, t: numbers(0, 1000, 2000, s - 2000, f, t - f), lambda p, s, f: p[:1000] + p[2000:s] + p[f:])
    second("six-numbers-empty", "/ByteRange has six numbers, the last part is empty", lambda s, f, t: numbers(0, s, f, t - f, t, 0), lambda p, s, f: p[:s] + p[f:])
    second("overlapping", "the two parts of /ByteRange overlap", lambda s, f, t: numbers(0, s, s - 50, t - s + 50), lambda p, s, f: p[:s] + p[s - 50 :])
    second("negative", "a number of /ByteRange is negative", lambda s, f, t: numbers(0, s, f, f - t), lambda p, s, f: p[:s] + p[f:])
    second("beyond", "/ByteRange reaches behind the file", lambda s, f, t: numbers(0, s, f, t - f + 1000), lambda p, s, f: p[:s] + p[f:])
    second("wraps", "a length of /ByteRange is larger by 2^32", lambda s, f, t: numbers(0, s, f, t - f + 2**32), lambda p, s, f: p[:s] + p[f:])
    second("empty", "/ByteRange is empty, and the signature covers nothing", lambda s, f, t: b"", lambda p, s, f: b"")
    second("zeros", "/ByteRange is [0 0 0 0], and the signature covers nothing", lambda s, f, t: b"0 0 0 0", lambda p, s, f: b"")
    second("reals", "/ByteRange has numbers with a point", lambda s, f, t: b"0 %d.0 %d %d" % (s, f, t - f), lambda p, s, f: p[:s] + p[f:])
    second("first-revision", "party A's signature covers party B's revision only", lambda s, f, t: numbers(0, 310000, 310100, 1000), lambda p, s, f: p[:310000] + p[310100:311100])
    for name, text, what in (
        ("spaces", lambda made: b" ".join(b"%02x" % each for each in made), "white space stands between the digits of /Contents"),
        ("line-ends", lambda made: made.hex().encode()[:200] + b"\r\n" + made.hex().encode()[200:], "a line end stands inside /Contents"),
        ("comment", lambda made: made.hex().encode()[:200] + b"%00\n" + made.hex().encode()[200:], "a comment stands inside /Contents"),
        ("not-hexadecimal", lambda made: made.hex().encode() + b"zz", "letters that are no digits stand in /Contents"),
    ):
        broken(f"contents-{name}", sign_a(one, house.a, hexed=text), what)
    trailing = sign_a(one, house.a, make=lambda data: container(house.a, data) + b"more bytes")
    broken("contents-trailing", trailing, "bytes that are not zero stand behind the container")
    twice = sign_a(one, house.a, make=lambda data: container(house.a, data) + container(house.a, b"other"))
    broken("contents-second-container", twice, "a second container stands behind the first")


def patched(broken, whole: Paper, house: House) -> None:
    """Changes inside the signed bytes (the digest no longer fits) or inside the gap, which no digest covers."""
    start, finish = whole.hole

    def put(name: str, what: str, pdf: bytes) -> None:
        broken(f"forged-{name}", pdf, what)

    gap = whole.pdf[start:finish]
    used = len(gap.rstrip(b"0>")) + 40

    def in_gap(text: bytes) -> bytes:
        return whole.pdf[:start] + text.ljust(len(gap) - 1, b"0") + b">" + whole.pdf[finish:]

    put("contents-empty", "/Contents is empty (a universal signature forgery)", whole.pdf[:start] + b"<" + b">".ljust(len(gap) - 1) + whole.pdf[finish:])
    put("contents-zeros", "/Contents is all zeros", in_gap(b"<"))
    put("contents-null", "/Contents is null", whole.pdf[:start] + b"null".ljust(len(gap)) + whole.pdf[finish:])
    put("contents-string", "/Contents is a string in brackets", whole.pdf[:start] + b"(" + gap[1:-1] + b")" + whole.pdf[finish:])
    put("contents-cut", "the container is cut off in the middle", in_gap(gap[: used // 2]))
    put("gap-entry", "/Contents ends early, and a second /ByteRange stands in the gap", whole.pdf[:start] + (gap[:used] + b">/ByteRange[0 10 20 30]/Junk<").ljust(len(gap) - 1, b"0") + b">" + whole.pdf[finish:])
    put("gap-object", "/Contents ends early, and an object stands in the gap", whole.pdf[:start] + (gap[:used] + b">/M(D:2026)>>\nendobj\n594 0 obj\n<<>>\nendobj\n<</Junk<").ljust(len(gap) - 1, b"0") + b">" + whole.pdf[finish:])
    for name, old, new, what in (
        ("range-gone", b"/ByteRange", b"/ByteRongo", "/ByteRange is missing"),
        ("subfilter", b"/SubFilter/ETSI.CAdES.detached", b"/SubFilter/ETSI.CAdES.detachxd", "/SubFilter is another"),
        ("filter", b"/Filter/Adobe.PPKLite", b"/Filter/Adobe.PPKNone", "/Filter is another"),
        ("time", b"/M(D:20261130233000Z)", b"/M(D:20261130233500Z)", "/M is changed"),
        ("type", b"/Type/Sig/", b"/Type/Sog/", "/Type is another"),
        ("rectangle", b"/Rect[130 454 187 511]", b"/Rect[130 454 187 599]", "party A's rectangle is changed"),
    ):
        at = whole.pdf.rindex(old)
        assert len(old) == len(new)
        put(name, f"{what}, in bytes that the signature covers", whole.pdf[:at] + new + whole.pdf[at + len(old) :])
    for name, place in (("draft", 5000), ("first-update", 300400), ("gap-bit", start + 301)):
        flipped = bytearray(whole.pdf)
        flipped[place] ^= 1
        put(f"bit-{name}", f"one bit is changed ({name.replace('-', ' ')})", bytes(flipped))


def wrapped(broken) -> None:
    """Signature wrapping: the second part moves behind forged bytes, and a second /ByteRange in the gap says so."""
    paper = base()
    pdf = paper.pdf
    start = pdf.rindex(b"/Contents<") + 9
    finish = pdf.index(b">", start) + 1
    tail = pdf[finish:]
    cms = pdf[start:finish].rstrip(b"0>")
    cms += b"0" * (len(cms) % 2 == 0)
    page = b"594 0 obj\n%s\nendobj\n" % paper.page_body(1, Contents=b"610 0 R", Resources=b"580 0 R")
    slot = b"/ByteRange[0 %d ########## %d]" % (start, len(tail))
    head = pdf[:start] + cms + b">" + slot + b"/M(D:20261201063102+08'00')>>\nendobj\n"
    at = len(head)
    widget_at = finish + tail.index(b"627 0 obj")
    body = head + page + b"627 0 obj" + pdf[widget_at + 9 : pdf.index(b"endobj", widget_at)] + b"endobj\n"
    rows = {594: at, 602: 331585, 621: 331744, 625: 332024, 626: 336929, 627: at + len(page)}
    table = b"xref\n" + b"".join(b"%d 1\n%010d 00000 n \n" % row for row in sorted(rows.items()))
    table += b"trailer\n<</Size 628/Root 621 0 R/Info 619 0 R/ID[(a)(b)]/Prev 331296>>\n"
    assert len(body) < paper.startxref
    moved = body.ljust(paper.startxref, b"\n") + table + b"999 0 obj\n<</Old "
    moved = moved.replace(b"##########", b"%010d" % len(moved), 1) + tail
    broken("wrapped", moved, "signature wrapping: the signed end of the file moves behind a forged section", anchors="sandbox-root.pem")


def swapped(broken, house: House) -> None:
    whole, one = both(house), by_b(house)
    first, second = one.hole, whole.hole
    pdf = bytearray(whole.pdf)
    size = min(first[1] - first[0], second[1] - second[0])
    pdf[first[0] : first[0] + size], pdf[second[0] : second[0] + size] = pdf[second[0] : second[0] + size], pdf[first[0] : first[0] + size]
    broken("containers-swapped", bytes(pdf), "the two containers have changed places")
    pdf = bytearray(whole.pdf)
    pdf[second[0] : second[0] + size] = pdf[first[0] : first[0] + size]
    broken("container-copied", bytes(pdf), "party A's container is a copy of party B's")


def containers(broken, one: Paper, house: House) -> None:
    a = house.a

    def second(name: str, what: str, **how) -> None:
        broken(f"container-{name}", sign_a(one, a, make=functools.partial(container, a, **how)), what, kind="container")

    second("two-signers", "the container has two SignerInfos", infos=2)
    second("no-signer", "the container has no SignerInfo", infos=0)
    second("names-other", "the attribute names party B's certificate", names=names_signer(house.b.der))
    second("names-issuing", "the attribute names the issuing certificate first", names=names_signer(a.chain()[1], more=(a.der,)))
    second("names-missing", "CAdES without the attribute that names the certificate", names=b"")
    second("names-empty", "the attribute names no certificate", names=attribute("1.2.840.113549.1.9.16.2.47", seq(seq())))
    second("names-twice", "the attribute stands twice, with different certificates", attributes=(names_signer(house.b.der),))
    second("digest", "the message digest is that of another file", message_digest=hashlib.sha256(b"other").digest())
    second("digest-short", "the message digest is cut off", message_digest=hashlib.sha256(b"other").digest()[:16])
    second("digest-twice", "the message digest stands twice", attributes=(attribute("1.2.840.113549.1.9.4", octets(hashlib.sha256(b"other").digest())),))
    second("content-type", "the signed content type is another than data", content_type=SIGNED)
    second("signature-flipped", "the signature is made over other attributes", value=_flipped(a))
    second("signature-empty", "the signature is empty", value=b"")
    second("signature-zero", "the signature is r = 0, s = 0", value=seq(integer(0), integer(0)))
    second("embedded", "the container carries contents of its own", embedded=tlv(0xA0, octets(b"other")))
    second("no-certificates", "the container has no certificates", certificates=[])
    second("without-signer", "the container has the issuing certificate only", certificates=a.chain()[1:])
    second("other-certificate", "the container has party B's certificate in the place of party A's", certificates=house.b.chain())
    second("algorithm", "the algorithm is RSA's, the key is an elliptic curve's", algorithm=seq(oid("1.2.840.113549.1.1.1"), NULL))
    second("algorithm-digest", "the algorithm's digest is another than the one named", algorithm=seq(oid("1.2.840.10045.4.3.4")))
    other = house.signer("a", kind="p384")
    impostor = Identity(other.key, a.certificate, a.above)
    wrong = sign_a(one, a, make=functools.partial(container, impostor))
    broken("container-other-key", wrong, "party A's certificate, but the signature is of another key on another curve", kind="container")
    same = Identity(house.signer("a").key, a.certificate, a.above)
    broken("container-stolen-name", sign_a(one, a, make=functools.partial(container, same)), "party A's certificate, but another key", kind="container")
    only = sign_a(one, a, make=lambda data: time_stamp(house.tsa, data, SIGNED_A))
    broken("container-is-token", only, "a time stamp stands in the place of party A's signature", kind="container")
    timed = sign_a(one, a, subfilter=b"ETSI.RFC3161", make=lambda data: time_stamp(house.tsa, data, SIGNED_A))
    broken("container-document-stamp", timed, "a document time stamp stands in the place of party A's signature", kind="container")
    junk = sign_a(one, a, make=lambda data: b"\x30\x82\x01\x00" + bytes(256))
    broken("container-junk", junk, "the container is no CMS", kind="container")
    plain = sign_a(one, a, make=lambda data: octets(data[:200]))
    broken("container-octets", plain, "the container is a string of bytes", kind="container")


def _flipped(who: Identity) -> bytes:
    return signature(who.key, "sha256", b"other", "pkcs1")[1]


def weak(broken, one: Paper, house: House) -> None:
    """Algorithms that no longer prove anything, on party B's side."""

    def first(name: str, what: str, who: Identity, **how) -> None:
        pdf = sign_a(sign_b(blank(), who, make=functools.partial(container, who, **how)), house.a)
        broken(f"weak-{name}", pdf, what, kind="container")

    first("sha1", "party B signs with SHA-1", house.b, digest="sha1")
    first("md5", "party B signs with MD5", house.b, digest="md5")
    first("rsa1024", "party B's key has 1024 bits", house.signer("b", kind="rsa1024"))
    cube = house.signer("b", kind="rsa2048e3")

    def forged(data: bytes) -> bytes:
        listed = [attribute("1.2.840.113549.1.9.3", oid(DATA)), attribute("1.2.840.113549.1.9.4", octets(hashlib.sha256(data).digest())), names_signer(cube.der)]
        digest = hashlib.sha256(members(*listed)).digest()
        start = b"\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\x00" + seq(hash_of("sha256"), octets(digest))
        lowest = int.from_bytes(start + bytes(256 - len(start)), "big")
        root = _cube_root(lowest) + 1
        return container(cube, data, value=root.to_bytes(256, "big"))

    pdf = sign_a(sign_b(blank(), cube, make=forged), house.a)
    broken("weak-cube-root", pdf, "party B's signature is a cube root, made without the key (exponent 3, padding not to the end)", kind="container")
    ec = sign_a(one, house.a, make=functools.partial(container, house.a, digest="sha1"))
    broken("weak-sha1-ecdsa", ec, "party A signs with ECDSA and SHA-1", kind="container")


def _cube_root(value: int) -> int:
    low, high = 0, 1 << (value.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= value else (low, middle - 1)
    return low


def tokens(broken, one: Paper, house: House) -> None:
    """Time stamps that prove nothing."""
    a, at = house.a, SIGNED_A + dt.timedelta(minutes=1)
    short = house.signer("a", start="2026-11-01", end="2026-12-01")

    def second(name: str, what: str, token, who: Identity = a) -> None:
        broken(f"token-{name}", sign_a(one, who, make=functools.partial(container, who, token=token)), what, kind="time")

    alone = time_stamper(None, start="2025-01-01")
    elsewhere = time_stamper(authority("Elsewhere"), start="2025-01-01")
    without = time_stamper(house.issuing, eku=False, start="2025-01-01")
    loose = time_stamper(house.issuing, critical=False, start="2025-01-01")
    over = time_stamper(house.issuing, start="2025-01-01", end="2026-01-01")
    other = lambda _signature: time_stamp(house.tsa, b"another signature", at)  # noqa: E731
    second("other-signature", "party A's time stamp belongs to another signature", other)
    second("other-signature-expired", "an expired certificate with a time stamp of another signature", other, short)
    for name, who in ((("", a)), ("-expired", short)):
        tail = ", and the certificate has expired" if name else ""
        second(f"self-signed{name}", f"the time stamp's authority signs itself{tail}", stamped(alone, at), who)
        second(f"without-eku{name}", f"the time stamp's certificate is not meant for time stamps{tail}", stamped(without, at), who)
        second(f"eku-not-critical{name}", f"the time stamp's extended key usage is not critical{tail}", stamped(loose, at), who)
        second(f"broken{name}", f"the time stamp's own signature is wrong{tail}", stamped(house.tsa, at, broken=True), who)
    told = "the certificate has expired since, and the time stamp that would prove the time comes from an authority that is not among the anchors"
    pdf = sign_a(one, short, make=functools.partial(container, short, token=stamped(elsewhere, at)))
    broken("token-other-authority-expired", pdf, told, right=UNJUDGED, kind="unjudged")
    second("authority-over", "the time stamp's certificate had expired when it was made", stamped(over, at))
    second("after-expiry", "the time stamp was made after the certificate had expired", stamped(house.tsa, dt.datetime(2026, 12, 1, 0, 30, tzinfo=dt.timezone.utc)), short)
    second("imprint", "the time stamp's imprint is that of the file, not of the signature", lambda signature: time_stamp(house.tsa, signature, at, imprint=hashlib.sha256(b"file").digest()))
    second("sha1", "the time stamp is made with SHA-1", stamped(house.tsa, at, digest="sha1"))
    second("before-draft", "the time stamp is older than the draft", stamped(house.tsa, dt.datetime(2026, 11, 1, 12, 0, tzinfo=dt.timezone.utc)))
    second("in-future", "the time stamp was made in 20 years", stamped(house.tsa, dt.datetime(2046, 11, 1, 12, 0, tzinfo=dt.timezone.utc)))
