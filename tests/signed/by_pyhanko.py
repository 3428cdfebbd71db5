"""Genuine files that pyHanko signs."""

from __future__ import annotations

import datetime as dt
import io
from functools import cache

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1
from asn1crypto.crl import CertificateList
from authority import PARTY_B, House, Identity, revocation_list
from cases import HOLDS, Cases
from cryptography.hazmat.primitives import serialization
from paper import BOX_A, BOX_B, SIGNED_A, SIGNED_B, blank, ring
from pyhanko.pdf_utils import content, generic, layout
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers, timestamps
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

PADES, CMS = SigSeedSubFilter.PADES, SigSeedSubFilter.ADOBE_PKCS7_DETACHED
BOXES = {"a": BOX_A, "b": tuple(round(each) for each in BOX_B)}
TIMES = {"a": SIGNED_A, "b": SIGNED_B}


def asn1_of(certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def key_of(key) -> asn1_keys.PrivateKeyInfo:
    formats = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return asn1_keys.PrivateKeyInfo.load(key.private_bytes(*formats))


class Signer(signers.PdfSigner):
    """Signs at a given time."""

    at = SIGNED_A

    def init_signing_session(self, *args, **kwargs):
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self.at
        return session


def stamp(side: float) -> StaticStampStyle:
    gs = generic.DictionaryObject({generic.pdf_name("/Type"): generic.pdf_name("/ExtGState"), generic.pdf_name("/BM"): generic.pdf_name("/Multiply")})
    resources = content.PdfResources()
    resources.ext_g_state[generic.pdf_name("/Seal")] = gs
    drawn = content.RawContent(ring(side), resources, layout.BoxConstraints(side, side))
    margins = layout.SimpleBoxLayoutRule(layout.AxisAlignment.ALIGN_MID, layout.AxisAlignment.ALIGN_MID, layout.Margins.uniform(0))
    return StaticStampStyle(border_width=0, background=drawn, background_layout=margins, background_opacity=1)


class Desk:
    """pyHanko's signers, time stamps and validation data for the house's certificates."""

    def __init__(self, house: House):
        self.house = house
        issuing, root = asn1_of(house.issuing.certificate), asn1_of(house.root.certificate)
        self.crls = [CertificateList.load(revocation_list(each).public_bytes(serialization.Encoding.DER)) for each in (house.root, house.issuing)]
        self.root, self.issuing = root, issuing

    def stamper(self, at: dt.datetime, tsa: Identity | None = None) -> timestamps.TimeStamper:
        tsa = tsa or self.house.tsa
        store = SimpleCertificateStore.from_certs([asn1_of(each) for each in tsa.above[:-1]])
        return timestamps.DummyTimeStamper(asn1_of(tsa.certificate), key_of(tsa.key), store, fixed_dt=at)

    def context(self) -> ValidationContext:
        return ValidationContext(trust_roots=[self.root], other_certs=[self.issuing], crls=self.crls, allow_fetching=False, revocation_mode="hard-fail")

    def sign(
        self,
        pdf: bytes,
        party: str,
        *,
        who: Identity | None = None,
        at: dt.datetime | None = None,
        subfilter=PADES,
        digest: str = "sha256",
        field: str | None = None,
        new: bool = True,
        visible: bool = True,
        stamped: bool = False,
        stored: bool = False,
        archived: bool = False,
        certify: bool = False,
        permissions=None,
        lock=None,
        pss: bool = False,
        extra: list | None = None,
        page: int = 8,
        box=None,
        strict: bool = True,
        **meta,
    ) -> bytes:
        who = who or (self.house.a if party == "a" else self.house.b)
        at = at or TIMES[party]
        field = field or f"Sig{party.upper()}"
        box = box or BOXES[party]
        store = SimpleCertificateStore.from_certs([asn1_of(each) for each in who.above[:-1]] + list(extra or []))
        signer = signers.SimpleSigner(asn1_of(who.certificate), key_of(who.key), store, prefer_pss=pss)
        data = signers.PdfSignatureMetadata(
            field_name=field,
            md_algorithm=digest,
            subfilter=subfilter,
            certify=certify,
            embed_validation_info=stored,
            use_pades_lta=archived,
            validation_context=self.context() if stored or archived else None,
            **({"docmdp_permissions": permissions} if permissions else {}),
            **meta,
        )
        spec = SigFieldSpec(field, on_page=page, box=box if visible else None, field_mdp_spec=lock) if new else None
        stamper = self.stamper(at + dt.timedelta(minutes=1)) if stamped or archived else None
        made = Signer(data, signer, timestamper=stamper, stamp_style=stamp(box[2] - box[0]), new_field_spec=spec)
        made.at = at
        out = io.BytesIO()
        made.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf), strict=strict), output=out)
        return out.getvalue()

    def both(self, first: dict | None = None, second: dict | None = None, *, order: str = "ba", draft: bytes | None = None) -> bytes:
        """Both signatures, the second 30 minutes after the first."""
        x, y = order
        one = self.sign(draft or blank().pdf, x, **{"at": SIGNED_B, **(first or {})})
        return self.sign(one, y, **{"at": SIGNED_A, **(second or {})})

    def stamp_document(self, pdf: bytes, at: dt.datetime) -> bytes:
        out = io.BytesIO()
        stamper = signers.PdfTimeStamper(self.stamper(at), field_name=f"Time{at.minute}")
        stamper.timestamp_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), "sha256", output=out)
        return out.getvalue()

    def store(self, pdf: bytes, certificates, *, crls: bool = True) -> bytes:
        """Validation data as an update of its own."""
        out = io.BytesIO(pdf)
        lists = self.crls if crls else []
        DocumentSecurityStore.add_dss(out, None, certs=certificates, crls=lists)
        return out.getvalue()


def place_fields(pdf: bytes, *parties: str, lock=None) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    for party in parties:
        fields.append_signature_field(writer, SigFieldSpec(f"Sig{party.upper()}", on_page=8, box=BOXES[party], field_mdp_spec=lock))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def rewrite(pdf: bytes, change) -> bytes:
    """An update in which `change` alters what the writer holds."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@cache
def desk(house: House) -> Desk:
    return Desk(house)


def fill(cases: Cases, house: House) -> None:
    work = desk(house)

    def holds(name: str, pdf: bytes, what: str, **more) -> None:
        cases.add(f"pyhanko-{name}.pdf", pdf, HOLDS, f"pyHanko: {what}", kind="genuine", **more)

    holds("bb", work.both(), "PAdES B-B, party B first")
    holds("bb-a-first", work.both(order="ab"), "PAdES B-B, party A first")
    holds("cms", work.both({"subfilter": CMS}, {"subfilter": CMS}), "adbe.pkcs7.detached, with the signing-time attribute")
    keys(holds, work, house)
    stored(holds, work, house)
    fields_and_locks(holds, work)
    between(holds, work)


def keys(holds, work: Desk, house: House) -> None:
    b384 = house.signer("b", kind="p384")
    holds("p384", work.both({"who": b384, "digest": "sha384"}), "party B with P-384 and SHA-384")
    holds("p384-sha512", work.both({"who": b384, "digest": "sha512"}, {"digest": "sha512"}), "P-384 and P-256 with SHA-512")
    holds("pss", work.both({"pss": True}), "party B with RSA-PSS")
    b3072 = house.signer("b", kind="rsa3072")
    holds("rsa3072", work.both({"who": b3072, "digest": "sha384"}), "party B with RSA-3072 and SHA-384")
    holds("pss-sha512", work.both({"who": b3072, "pss": True, "digest": "sha512", "subfilter": CMS}), "party B with RSA-PSS and SHA-512, CMS")
    more = [asn1_of(house.a.certificate), asn1_of(house.root.certificate), asn1_of(house.tsa.certificate)]
    holds("more-certificates", work.both({"extra": more}), "the container holds certificates of others too, and the root")
    said = {"reason": "签署合同", "location": "杭州", "contact_info": "nobody", "name": PARTY_B}
    holds("reason", work.both(said), "reason, place, contact and name are stated")


def stored(holds, work: Desk, house: House) -> None:
    """Time stamps and validation data."""
    timed, full = {"stamped": True}, {"stamped": True, "stored": True}
    holds("bt", work.both(timed, timed), "PAdES B-T, a time stamp in each container")
    holds("cms-tsa", work.both({"stamped": True, "subfilter": CMS}, {"stamped": True, "subfilter": CMS}), "CMS with time stamps")
    both = work.both(full, full)
    holds("blt", both, "PAdES B-LT, validation data between and behind the signatures")
    lasting = work.both(full, {**full, "archived": True})
    holds("blta", lasting, "PAdES B-LTA, a document time stamp behind both")
    holds("blta-both", work.both({**full, "archived": True}, {**full, "archived": True}), "B-LTA for both: a document time stamp between the signatures and one behind")
    chain = [asn1_of(house.a.certificate), asn1_of(house.issuing.certificate)]
    twice = work.store(work.store(both, chain), [asn1_of(house.tsa.certificate)], crls=False)
    holds("dss-twice", twice, "several updates of the validation data behind both")
    again = work.store(work.stamp_document(twice, TIMES["a"] + dt.timedelta(minutes=20)), [asn1_of(house.root.certificate)])
    holds("stamps-twice", work.stamp_document(again, TIMES["a"] + dt.timedelta(minutes=25)), "document time stamps twice, validation data between them")
    one = work.sign(blank().pdf, "b", stamped=True)
    holds("dss-between", work.sign(work.store(one, chain), "a"), "validation data between the signatures only")
    one = work.stamp_document(work.sign(blank().pdf, "b"), SIGNED_B + dt.timedelta(minutes=5))
    holds("stamp-between", work.sign(one, "a"), "a document time stamp between the signatures only")
    first = work.stamp_document(blank().pdf, SIGNED_B - dt.timedelta(minutes=5))
    holds("stamp-first", work.both(draft=first), "a document time stamp before the first signature")


def fields_and_locks(holds, work: Desk) -> None:
    placed = place_fields(blank().pdf, "b", "a")
    old = {"new": False}
    holds("fields-first", work.both(old, old, draft=placed), "both fields placed first, filled later")
    holds("fields-first-a", work.both(old, old, draft=placed, order="ab"), "both fields placed first, party A first")
    certified = {**old, "certify": True, "permissions": MDPPerm.FILL_FORMS}
    holds("certified-2", work.both(certified, old, draft=placed), "party B certifies (P=2), party A fills the field placed before")
    annotate = {**certified, "permissions": MDPPerm.ANNOTATE}
    holds("certified-3", work.both(annotate, old, draft=placed), "party B certifies (P=3), party A fills the field placed before")
    own = fields.FieldMDPSpec(fields.FieldMDPAction.INCLUDE, ["SigB"])
    holds("lock-own", work.both({"lock": own}), "party B's signature locks its own field (FieldMDP)")
    rest = fields.FieldMDPSpec(fields.FieldMDPAction.EXCLUDE, ["SigA"])
    holds("lock-rest", work.both({"lock": rest}), "party B's signature locks all fields but party A's (FieldMDP)")
    every = fields.FieldMDPSpec(fields.FieldMDPAction.ALL)
    holds("lock-last", work.both(second={"lock": every}), "party A, who signs last, locks all fields")
    split = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(blank().pdf))
    fields.append_signature_field(writer, SigFieldSpec("SigB", on_page=8, box=BOXES["b"], combine_annotation=False))
    writer.write(split)
    holds("field-and-widget", work.both(old, draft=split.getvalue()), "party B's field and its widget are two objects")


def between(holds, work: Desk) -> None:
    """What may stand between the signatures."""
    one = work.sign(blank().pdf, "b")

    def dates(writer) -> None:
        info = writer.trailer["/Info"]
        info["/ModDate"] = generic.pdf_string("D:20261130231000Z")
        writer.update_container(info)

    holds("info-between", work.sign(rewrite(one, dates), "a"), "an update between the signatures that changes the date of the last change")
    empty = place_fields(one, "a")
    holds("field-between", work.sign(empty, "a", new=False), "party A's empty field is placed between the signatures")
    several = rewrite(rewrite(empty, dates), dates)
    holds("several-between", work.sign(several, "a", new=False), "three updates between the signatures: a field, and dates twice")
    modern = blank().update({619: blank_info()}, style="stream").pdf
    holds("xref-streams", work.both(draft=modern), "cross-reference streams, after an update of the information")


def blank_info() -> bytes:
    """The draft's information as it stands."""
    pdf = blank().pdf
    start = pdf.index(b"\n619 0 obj\n") + 11
    return pdf[start : pdf.index(b"\nendobj", start)]
