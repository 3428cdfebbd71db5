"""Genuine files written byte by byte: forms that signers may choose and that the other programs here do not."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import replace

import sm2
from authority import PARTY_A, PARTY_B, House, authority
from cases import BROKEN, HOLDS, UNJUDGED, Cases
from container import NULL, container, der_of, names_signer, oid, seq
from paper import CATALOG, LAST_PAGE, SIGNED_A, SIGNED_B, Paper, base, blank, page_object, picture_seal, plain, plain_table, seal, stream
from sign import sign_a, sign_b, stamped


@functools.cache
def by_b(house: House) -> Paper:
    """The draft with party B's signature."""
    return sign_b(blank(), house.b)


@functools.cache
def both(house: House) -> Paper:
    """The draft with both signatures."""
    return sign_a(by_b(house), house.a)


def signed_with(who, **how):
    return functools.partial(container, who, **how)


def fill(cases: Cases, house: House) -> None:
    def holds(name: str, pdf, what: str, **more) -> None:
        cases.add(f"hand-{name}.pdf", pdf, HOLDS, what, kind="genuine", **more)

    def unjudged(name: str, pdf, what: str, **more) -> None:
        cases.add(f"hand-{name}.pdf", pdf, UNJUDGED, what, kind="unjudged", **more)

    holds("good", both(house), "two signatures, seals that darken what is beneath them")
    holds("a-first", sign_b(sign_a(blank(), house.a, time=SIGNED_B), house.b, time=SIGNED_A), "party A signs first")
    cases.add("sandbox.pdf", base(), HOLDS, "as signed by the sandbox", kind="genuine", anchors="sandbox-root.pem")
    containers(holds, house)
    structures(holds, house)
    times(cases, holds, unjudged, house)
    doubts(cases, unjudged, house)


def containers(holds, house: House) -> None:
    a, b = house.a, house.b
    minute = dt.timedelta(minutes=1)
    token = stamped(house.tsa, SIGNED_B + minute), stamped(house.tsa, SIGNED_A + minute)
    one = sign_b(blank(), b, make=signed_with(b, token=token[0]))
    holds("time-stamps", sign_a(one, a, make=signed_with(a, token=token[1])), "a time stamp in each container")
    one = by_b(house)

    def second(**how) -> Paper:
        return sign_a(one, a, make=signed_with(a, **how))

    holds("certificates-reversed", second(certificates=[*reversed(a.chain())]), "the issuing certificate stands before the signer's")
    root = der_of(house.root.certificate)
    holds("certificates-more", second(certificates=[root, b.der, *a.chain(), house.tsa.der]), "certificates of others, and the root, stand beside the signer's")
    holds("names-chain", second(names=names_signer(a.der, more=(a.chain()[1], root))), "the attribute that names the signer's certificate names those above it too")
    holds("names-sha512", second(names=names_signer(a.der, digest="sha512")), "the attribute names the signer's certificate by SHA-512")
    plain = sign_a(one, a, subfilter=b"adbe.pkcs7.detached", make=signed_with(a, cades=False))
    holds("without-names", plain, "CMS without the attribute that names the certificate, which only CAdES needs")
    bare = sign_a(one, a, subfilter=b"adbe.pkcs7.detached", make=signed_with(a, cades=False, attributes_kept=False))
    holds("without-attributes", bare, "CMS without signed attributes: the signature is made over the file's digest itself")
    timed = sign_a(one, a, subfilter=b"adbe.pkcs7.detached", stated=b"", make=signed_with(a, cades=False, signing_time=SIGNED_A))
    holds("signing-time-only", timed, "the time stands in the signing-time attribute only, there is no /M")
    agreed = sign_a(one, a, subfilter=b"adbe.pkcs7.detached", make=signed_with(a, signing_time=SIGNED_A))
    holds("both-times", agreed, "/M and the signing-time attribute say the same")
    holds("upper-case", sign_a(one, a, hexed=lambda made: made.hex().upper().encode()), "/Contents in capital letters")
    holds("wide-gap", sign_a(one, a, room=60000), "a wide gap for the container")
    algorithm = seq(oid("1.2.840.113549.1.1.11"), NULL)
    rsa = sign_b(blank(), b, make=signed_with(b, algorithm=algorithm))
    holds("algorithm-with-digest", sign_a(rsa, a), "the algorithm is named together with its digest (sha256WithRSAEncryption)")


def structures(holds, house: House) -> None:
    a, b = house.a, house.b
    look, pictures = picture_seal(625)
    holds("picture-seal", sign_a(sign_b(blank(), b, look=look, objects=pictures), a), "party B's seal is a picture with transparency")
    modern = sign_a(sign_b(blank(), b, style="stream"), a, style="stream")
    holds("xref-streams", modern, "cross-reference streams in both updates")
    holds("mixed-sections", sign_a(sign_b(blank(), b, style="stream"), a), "a cross-reference stream, then a table")
    one = sign_b(blank(), b, style="stream", packed=(CATALOG, page_object(LAST_PAGE), 623))
    two = sign_a(one, a, style="stream", packed=(CATALOG, page_object(LAST_PAGE), one.size + 1))
    holds("object-streams", two, "catalog, page and field stand in object streams, in both updates")
    for name, end in {"without-line-end": b"%%EOF", "with-cr-lf": b"%%EOF\r\n"}.items():
        holds(f"end-{name}", sign_a(by_b(house), a, end=end), f"the file ends {name.replace('-', ' ')}, and the signature covers it")
    size = sign_a(sign_b(blank(), b, box=(374, 454, 431, 511)), a, box=(99, 423, 218, 542))
    holds("other-sizes", size, "a seal of 57 points for party B and of 119 for party A")
    holds("chinese-field", sign_a(by_b(house), a, name=b"\\376\\377\\165\\062\\145\\271"), "the field has a Chinese name")
    said = b"/Name<FEFF6B2796339555>/Reason(\\(contract\\))/Location(Hangzhou)/Prop_Build<</App<</Name/Made#20Up>>>>"
    holds("signature-entries", sign_a(by_b(house), a, dictionary=said), "the signature dictionary says who, why, where and by which program")
    extra = b"/MK<</R 0>>/DA(/Helv 0 Tf 0 g)/TU(Party A)/Border[0 0 0]/NM(one)"
    holds("widget-entries", sign_a(by_b(house), a, widget=extra), "the widget has /MK, /DA, /TU, /Border and /NM")
    n = by_b(house).size
    form = b"/SigFlags 3/DA(/Helv 0 Tf 0 g )/DR<</Font<</Helv %d 0 R>>>>" % (n + 3)
    helv = {n + 3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding/Name/Helv>>"}
    holds("form-entries", sign_a(by_b(house), a, form=form, objects=helv), "the form gains /DA and /DR with a font")
    holds("indirect", indirect(house), "the form, its list of fields and the page's list of annotations are objects of their own")
    parent = {625: b"<</T(Contract)/Kids[623 0 R]>>", CATALOG: blank().catalog_body(fields=(625,))}
    nested = replace(sign_b(blank(), b, widget=b"/Parent 625 0 R", objects=parent), fields=(625,))
    holds("nested-field", sign_a(nested, a), "party B's field has a parent (Contract.SigB)")
    rotated = seal().replace(b"/FormType 1", b"/FormType 1/Matrix[0 1 -1 0 100 0]")
    holds("turned-seal", sign_a(by_b(house), a, look=rotated), "party A's seal is turned by its /Matrix, inside its rectangle")
    free = sign_a(by_b(house), a, table=lambda rows: b"0 1\n0000000000 65535 f \n" + table_of(rows))
    holds("free-head", free, "the last table lists object 0 as free, as tables of many programs do")
    alone = sign_a(by_b(house), a, table=lambda rows: b"".join(b"%d 1\n%010d 00000 n \n" % row for row in sorted(rows.items())))
    holds("single-sections", alone, "each entry of the table has a section of its own")
    whole = both(house)
    n = whole.size
    data = {n: stream(b"", der_of(house.root.certificate)), CATALOG: whole.catalog_body(catalog=b"/DSS<</Certs[%d 0 R]>>" % n)}
    holds("dss-after", whole.update(data), "validation data behind both signatures, as a table")
    holds("dss-after-stream", whole.update(data, style="stream", packed=(CATALOG,)), "validation data behind both, the catalog in an object stream")
    docmdp = (
        b"/Reference[<</Type/SigRef/TransformMethod/FieldMDP/DigestMethod/SHA256/Data 621 0 R"
        b"/TransformParams<</Type/TransformParams/V/1.2/Action/Include/Fields[(SigA)]>>>>]"
    )
    lock = b"/Lock<</Type/SigFieldLock/Action/Include/Fields[(SigA)]>>"
    holds("lock", sign_a(by_b(house), a, dictionary=docmdp, widget=lock), "party A's signature locks its own field (FieldMDP)")


def table_of(rows: dict[int, int]) -> bytes:
    return plain_table({number: (1, offset, 0) for number, offset in rows.items()})


def indirect(house: House) -> Paper:
    """The form and the lists stand in objects of their own, so that the second update leaves the catalog and the page alone."""
    form, listed, annots = 625, 626, 627
    page = blank().page_body(LAST_PAGE, (), b"/Annots 627 0 R")
    catalog = blank().catalog_body().replace(b"/AcroForm<</Fields[]/SigFlags 3>>", b"/AcroForm 625 0 R")
    fields = b"[623 0 R]"
    objects = {CATALOG: catalog, page_object(LAST_PAGE): page, form: b"<</Fields 626 0 R/SigFlags 3>>", listed: fields, annots: fields}
    one = sign_b(blank(), house.b, objects=objects)
    more = b"[623 0 R %d 0 R]" % (one.size + 1)
    two = sign_a(one, house.a, objects={CATALOG: catalog, page_object(LAST_PAGE): page, listed: more, annots: more})
    return two


def times(cases: Cases, holds, unjudged, house: House) -> None:
    a = house.a
    for name, stated in {
        "quotes": b"(D:20261201073000+08'00')",
        "no-last-quote": b"(D:20261201073000+08'00)",
        "west": b"(D:20261130180000-05'30')",
        "plus-zero": b"(D:20261130233000+00'00')",
        "hexadecimal": b"<443A32303236313133303233333030305A>",
    }.items():
        holds(f"time-{name}", sign_a(by_b(house), a, stated=b"/M" + stated), f"/M as {stated.decode()}")
    short = house.signer("a", start="2026-11-01", end="2026-12-01")
    pdf = sign_a(by_b(house), short)
    unjudged("expired", pdf, "party A's certificate has expired since; the time inside its validity is only stated, no time stamp proves it")
    token = stamped(house.tsa, SIGNED_A + dt.timedelta(minutes=1))
    timed = sign_a(by_b(house), short, make=signed_with(short, token=token))
    holds("expired-time-stamp", timed, "party A's certificate has expired since, and a time stamp proves that it was valid", at="2026-11-30T23:40:00+00:00")


def doubts(cases: Cases, unjudged, house: House) -> None:
    a, b = house.a, house.b
    root = authority("Another Made Up Root")
    issuing = authority("Another Made Up Issuing", root)
    other = house.signer("a", issuer=issuing), house.signer("b", issuer=issuing)
    pdf = sign_a(sign_b(blank(), other[1]), other[0])
    unjudged("other-authority", pdf, "both certificates come from an authority that is not among the anchors")
    unjudged("other-authority-a", sign_a(by_b(house), other[0]), "party A's certificate comes from an authority that is not among the anchors")
    hidden = sign_a(by_b(house), a, box=(0, 0, 0, 0), look=plain(b"", box=(0, 0, 0, 0)))
    unjudged("invisible", hidden, "party A's signature is invisible: its rectangle is empty")
    nowhere = sign_a(by_b(house), a, box=(0, 0, 0, 0), on_page=False, appearance=b"")
    unjudged("nowhere", nowhere, "party A's signature stands on no page, and an appearance is left over", also=BROKEN)
    unjudged("without-appearance", sign_a(by_b(house), a, appearance=b""), "party A's widget has a rectangle, but no appearance: nothing is seen, and an appearance is left over", also=BROKEN)
    for name, flags, told in (("hidden", 2, "hidden"), ("no-view", 32, "not to be viewed")):
        unjudged(f"flag-{name}", sign_a(by_b(house), a, flags=b"/F %d" % (flags | 128)), f"party A's seal is flagged as {told}")
    margin = sign_a(by_b(house), a, page=8, box=(480, 20, 537, 77))
    unjudged("page-8", margin, "party A's seal stands on page 8, where it hides nothing")
    small = sign_a(by_b(house), a, box=(150, 470, 152, 472))
    unjudged("tiny", small, "party A's seal is two points wide: nobody sees it")
    unjudged("sm2-names", sign_a(by_b(house), a, make=sm2_names(a)), "party A's container names SM2 with SM3, beside a certificate for P-256")
    authority_a = sm2.signer("Made Up SM2 Root")
    who = sm2.signer(PARTY_A, by=authority_a), sm2.signer(PARTY_B, PARTY_B, by=authority_a)
    for name, gm, told in (("cms", False, "a CMS container"), ("gm", True, "a container of GM/T 0010")):
        made = [functools.partial(sm2.container, each, [authority_a], gm=gm) for each in who]
        how = {"subfilter": b"adbe.pkcs7.detached"}
        unjudged(f"sm2-{name}", sign_a(by_b(house), a, make=made[0], **how), f"party A signs with SM2 and SM3, {told}")
        both_sm2 = sign_a(sign_b(blank(), b, make=made[1], **how), a, make=made[0], **how)
        unjudged(f"sm2-{name}-both", both_sm2, f"both sign with SM2 and SM3, {told}")


def sm2_names(who):
    """A container that names SM2 and SM3. Its numbers are made up: nothing here computes them."""
    return functools.partial(container, who, digest="sm3", algorithm=seq(oid("1.2.156.10197.1.501")))
