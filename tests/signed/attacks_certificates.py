"""Attacks by certificates: names, purposes, chains and times."""

from __future__ import annotations

import datetime as dt
import functools

from authority import PARTY_A, PARTY_B, Eku, House, Identity, authority, certificate, name, new_key, person, usage
from by_hand import both, by_b
from cases import BROKEN, UNJUDGED, Cases
from container import container
from cryptography import x509
from cryptography.x509.oid import NameOID
from paper import SIGNED_A, SIGNED_B, blank
from sign import sign, sign_a, sign_b

UTC = dt.timezone.utc


def fill(cases: Cases, house: House) -> None:
    def broken(label: str, pdf, what: str, **more) -> None:
        cases.add(f"certificate-{label}.pdf", pdf, BROKEN, what, kind="certificates", **more)

    def by(who: Identity, party: str = "a", **how):
        if party == "a":
            return sign_a(by_b(house), who, **how)
        return sign_a(sign_b(blank(), who, **how), house.a)

    names(broken, by, house)
    purposes(broken, by, house)
    chains(cases, broken, by, house)
    times(broken, by, house)
    parties(broken, house)


def names(broken, by, house: House) -> None:
    def a(common, organisation=None) -> Identity:
        return person(house.issuing, common, organisation)

    broken("name-in-organisation", by(a("王小明", PARTY_A)), "the common name is another person's, the organisation has party A's name")
    broken("name-other", by(a("王小明")), "the common name is another person's")
    broken("name-only-organisation", by(a(None, PARTY_A)), "there is no common name, and party A, a person, stands as an organisation")
    broken("name-b-in-organisation", by(person(house.issuing, "王小明", PARTY_B), "b"), "party B's name is the organisation, the common name is a person's")
    broken("name-b-other", by(person(house.issuing, "杭州另一云计算有限公司", PARTY_B), "b"), "party B's name is the organisation, the common name is another company's")
    broken("name-b-common-only", by(person(house.issuing, "杭州示例云计算有限公司分公司", "杭州示例云计算有限公司分公司"), "b"), "the name is party B's with two characters more")
    broken("name-with-zero", by(a(PARTY_A + "\x00王小明")), "a zero character stands behind party A's name")
    broken("name-longer", by(a(PARTY_A + "明")), "the name is party A's with one character more")
    broken("name-shorter", by(a("欧阳")), "the name is the beginning of party A's")
    broken("name-lookalike", by(a("欧陽镕")), "one character of the name is written in another way")
    broken("name-right-to-left", by(a("\u202e" + PARTY_A)), "an invisible character stands before party A's name")
    key = new_key("p256")
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "CN")
    two = [x509.NameAttribute(NameOID.COMMON_NAME, each) for each in (PARTY_A, "王小明")]
    for label, order in (("two-names", two), ("two-names-reversed", two[::-1])):
        made = certificate(x509.Name([country, *order]), key, house.issuing, extensions=[(usage("digital_signature", "content_commitment"), True)])
        who = Identity(key, made, [house.issuing.certificate, house.root.certificate])
        broken(label, by(who), "the certificate has two common names, party A's and another person's")
    other = certificate(
        name("王小明"), key, house.issuing, extensions=[(usage("digital_signature", "content_commitment"), True), (x509.SubjectAlternativeName([x509.DirectoryName(name(PARTY_A))]), False)]
    )
    who = Identity(key, other, [house.issuing.certificate, house.root.certificate])
    broken("name-alternative", by(who), "party A's name stands as an alternative name only")
    unit = x509.Name([country, x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, PARTY_A), x509.NameAttribute(NameOID.COMMON_NAME, "王小明")])
    who = Identity(key, certificate(unit, key, house.issuing, extensions=[(usage("digital_signature"), True)]), [house.issuing.certificate, house.root.certificate])
    broken("name-in-unit", by(who), "party A's name stands as an organisational unit, the common name is another person's")


def purposes(broken, by, house: House) -> None:
    for label, eku, told in (
        ("server", [Eku.SERVER_AUTH], "servers"),
        ("client-server", [Eku.SERVER_AUTH, Eku.CLIENT_AUTH], "servers and their clients"),
        ("time-stamps", [Eku.TIME_STAMPING], "time stamps"),
        ("ocsp", [Eku.OCSP_SIGNING], "answers about revocation"),
        ("code", [Eku.CODE_SIGNING], "programs"),
    ):
        broken(f"eku-{label}", by(house.signer("a", eku=eku)), f"the certificate is meant for {told} only")
    broken("eku-server-b", by(house.signer("b", eku=[Eku.SERVER_AUTH]), "b"), "party B's certificate is meant for servers only")
    for label, ku, told in (
        ("encipherment", ("key_encipherment", "data_encipherment"), "encrypting"),
        ("agreement", ("key_agreement",), "agreeing on keys"),
        ("certificates", ("key_cert_sign", "crl_sign"), "signing certificates"),
    ):
        broken(f"usage-{label}", by(house.signer("a", ku=ku)), f"the key may be used for {told} only")
    broken("is-authority", by(house.signer("a", ca=True, ku=("digital_signature", "key_cert_sign"))), "the signer's certificate is an authority's")
    key = new_key("p256")
    alone = Identity(key, certificate(name(PARTY_A), key, None, extensions=[(x509.BasicConstraints(True, None), True)]), [])
    alone.above = [alone.certificate]
    broken("signs-itself-as-anchor", by(house.signer("a", key=house.issuing.key, ca=True)), "an authority's own key signs, with a certificate that has party A's name")
    unknown = certificate(
        name(PARTY_A), key, house.issuing,
        extensions=[(usage("digital_signature", "content_commitment"), True), (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.7"), b"\x05\x00"), True)],
    )
    who = Identity(key, unknown, [house.issuing.certificate, house.root.certificate])
    broken("critical-unknown", by(who), "the certificate has a critical extension that nobody knows")


def chains(cases: Cases, broken, by, house: House) -> None:
    root = house.root
    plain = authority("Made Up Without Flag", root, ca=False)
    broken("no-authority-flag", by(house.signer("a", issuer=plain)), "the issuing certificate is not an authority's")
    middle = person(house.issuing, "Somebody Else")
    broken("issued-by-person", by(house.signer("a", issuer=middle)), "a signer's certificate has issued party A's")
    deep = authority("Made Up Deep", house.issuing)
    broken("path-length", by(house.signer("a", issuer=deep)), "the path below an authority is longer than it allows")
    for label, critical in (("critical", True), ("not-critical", False)):
        only = x509.NameConstraints([x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "DE")]))], None)
        bound = authority(f"Made Up Bound {label}", root, constraints=(only, critical))
        broken(f"constraints-{label}", by(house.signer("a", issuer=bound)), f"the authority may only issue for another country (constraint {label.replace('-', ' ')})")
        never = x509.NameConstraints(None, [x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "CN")]))])
        shut = authority(f"Made Up Shut {label}", root, constraints=(never, critical))
        broken(f"excluded-{label}", by(house.signer("a", issuer=shut)), f"the authority must not issue for this country (constraint {label.replace('-', ' ')})")
    fake_root = authority("Made Up Root")
    fake = authority("Made Up Issuing", fake_root, length=0)
    broken("lookalike", by(house.signer("a", issuer=fake)), "the authorities have the anchors' names and other keys")
    mixed = house.signer("a", issuer=fake)
    mixed.above = [house.issuing.certificate, root.certificate]
    broken("lookalike-mixed", by(mixed), "a look-alike authority issued the certificate, the true one's certificate stands beside it")
    forged = house.signer("a", signing_key=new_key("p256"))
    broken("signature", by(forged), "the certificate's own signature is of another key than the issuer's")
    key = new_key("p256")
    alone = Identity(key, certificate(name(PARTY_A), key, None, extensions=[(usage("digital_signature", "content_commitment"), True)]), [])
    alone.above = [alone.certificate]
    pdf = sign_a(by_b(house), alone, make=functools.partial(container, alone, certificates=[alone.der]))
    cases.add("certificate-signs-itself.pdf", pdf, UNJUDGED, "party A's certificate is signed by itself, by no authority that is an anchor", kind="unjudged", also=BROKEN)
    no_chain = sign_a(by_b(house), house.a, make=functools.partial(container, house.a, certificates=[house.a.der]))
    cases.add("certificate-without-issuing.pdf", no_chain, UNJUDGED, "the issuing certificate is not in the container: no path to an anchor is found", kind="unjudged")


def times(broken, by, house: House) -> None:
    short = house.signer("a", start="2025-01-01", end="2026-10-01")
    backdated = dt.datetime(2026, 8, 1, tzinfo=UTC)
    broken("expired-backdated", by(short, time=backdated), "an expired certificate; the stated time fits it and lies before the draft")
    broken("expired", by(short), "the certificate had expired at the stated time")
    broken("not-yet", by(house.signer("a", start="2026-12-01", end="2040-01-01")), "the certificate was not yet valid at the stated time")
    broken("expired-b", by(house.signer("b", start="2025-01-01", end="2026-10-01"), "b"), "party B's certificate had expired at the stated time")
    old = authority("Made Up Old", house.root, start="2020-01-01", end="2026-11-15")
    broken("authority-over", by(house.signer("a", issuer=old)), "the issuing authority's certificate had expired at the stated time")
    later = (dt.datetime.now(UTC) + dt.timedelta(days=365)).replace(microsecond=0)
    broken("in-future", by(house.a, time=later), "party A's signature states a time in a year")
    soon = (dt.datetime.now(UTC) + dt.timedelta(days=2)).replace(microsecond=0)
    broken("in-two-days", by(house.a, time=soon), "party A's signature states a time in two days")
    broken("in-future-b", by(house.b, "b", time=later), "party B's signature states a time in a year")
    before = dt.datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    broken("before-draft", by(house.a, time=before), "party A's signature states a time ten days before the draft was made")
    broken("before-draft-b", by(house.b, "b", time=before), "party B's signature states a time ten days before the draft was made")
    attribute = sign_a(by_b(house), house.a, stated=b"", make=functools.partial(container, house.a, signing_time=later))
    broken("attribute-in-future", attribute, "the signing-time attribute states a time in a year")
    pdf = sign_a(by_b(house), house.a, make=functools.partial(container, house.a, signing_time=before))
    broken("times-contradict", pdf, "/M and the signing-time attribute contradict each other by ten days")
    broken("no-time", by(house.a, stated=b"/Unstated 0"), "no time is stated and none is proven")
    broken("time-no-date", by(house.a, stated=b"/M(yesterday)"), "/M is no date")
    broken("time-impossible", by(house.a, stated=b"/M(D:20261340256199Z)"), "/M is a date that does not exist")


def parties(broken, house: House) -> None:
    other = person(house.issuing, "王小明")
    whole = both(house)
    third = sign(whole, other, name=b"Third", box=(80, 80, 137, 137), time=SIGNED_A)
    broken("third", third, "a third person signs behind both parties")
    broken("twice-b", sign_a(by_b(house), house.b), "party B signs twice, party A never")
    broken("twice-a", sign_a(sign_b(blank(), house.a), house.a), "party A signs twice, party B never")
    broken("only-b", by_b(house), "party B alone has signed")
    broken("only-a", sign_a(blank(), house.a, time=SIGNED_B), "party A alone has signed")
    broken("nobody", blank(), "nobody has signed")
