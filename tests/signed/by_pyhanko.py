"""Genuine files that pyHanko signs."""

from __future__ import annotations

import datetime as dt
import io
from functools import cache

from asn1crypto import keys
from asn1crypto import x509 as asn1
from asn1crypto.crl import CertificateList
from authority import House, Identity, revocation_list
from cases import HOLDS, Cases
from cryptography.hazmat.primitives import serialization
from paper import BOX_A, BOX_B, MULTIPLY, SIGNED_A, SIGNED_B, blank, ring
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


def key_of(key) -> keys.PrivateKeyInfo:
    formats = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return keys.PrivateKeyInfo.load(key.private_bytes(*formats))


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
    holds("bt", work.both({"stamped": True}, {"stamped": True}), "PAdES B-T, a time stamp in each container")
    holds("blt", work.both({"stamped": True, "stored": True}, {"stamped": True, "stored": True}), "PAdES B-LT, validation data between and behind the signatures")


__all__ = ["Desk", "desk", "fill", "place_fields", "rewrite", "MULTIPLY", "MDPPerm", "PdfFileReader"]
