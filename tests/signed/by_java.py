"""Genuine files that iText 5 and PDFBox 2 sign. All of them are signed by one run of Java, which begins before the other parts and ends after them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from authority import PARTY_A, PARTY_B, House, person, revocation_list
from cases import HOLDS, UNJUDGED, Cases
from cryptography.hazmat.primitives import serialization
from paper import BOX_A, BOX_B, HERE, SIGNED_A, SIGNED_B, draft

JARS = "itext5 pdfbox2 fontbox2 commons-logging bcprov bcutil bcpkix"
TIMES = {"a": SIGNED_A, "b": SIGNED_B}
BOXES = {"a": BOX_A, "b": BOX_B}


def box(values) -> str:
    return ",".join(f"{value:g}" for value in values)


@dataclass
class Work:
    """The jobs of one run, and the cases that they make."""

    folder: Path
    jobs: list[str] = field(default_factory=list)
    running: subprocess.Popen | None = None
    made: list[tuple] = field(default_factory=list)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def job(self, action: str, source: str, out: str, **values) -> str:
        told = {"in": self.path(source), "out": self.path(out), **{key: str(value) for key, value in values.items()}}
        self.jobs.append("\t".join([action, *(f"{key}={value}" for key, value in told.items())]))
        return out

    def sign(self, tool: str, source: str, out: str, party: str, *, who: str | None = None, visible: bool = True, time=None, **values) -> str:
        time = time or TIMES[party]
        values.setdefault("field", {"a": "Signature2", "b": "Signature1"}[party])
        if visible and "filled" not in values:
            values.setdefault("box", box(BOXES[party]))
        if values.get("tsa"):
            values["tsa"] = self.path("tsa.p12")
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ")
        # iText names an elliptic key in a way that pyHanko refuses, so party A signs with RSA there.
        who = who or ("a-rsa" if (tool, party) == ("itext", "a") else party)
        return self.job(f"{tool}-sign", source, out, who=self.path(f"{who}.p12"), at=at, **values)

    def both(self, tool: str, name: str, *, order: str = "ba", source: str = "draft.pdf", first: dict | None = None, second: dict | None = None, **each) -> str:
        one = self.sign(tool, source, f"{name}-1.pdf", order[0], **{"time": SIGNED_B, **each, **(first or {})})
        return self.sign(tool, one, f"{name}.pdf", order[1], **{"time": SIGNED_A, **each, **(second or {})})

    def case(self, out: str, right: str, what: str, **more) -> None:
        self.made.append((out, right, what, more))

    def start(self) -> None:
        (self.folder / "jobs.txt").write_text("\n".join(self.jobs))
        classes = ":".join(f"/usr/share/java/{name}.jar" for name in JARS.split())
        options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.awt.headless=true", "-Xshare:auto"]
        command = ["java", *options, "-cp", classes, str(HERE / "Signers.java"), self.path("jobs.txt")]
        self.running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def finish(self, cases: Cases) -> None:
        told, _ = self.running.communicate()
        if self.running.returncode != 0:
            raise SystemExit(f"Java failed:\n{told.decode(errors='replace')}")
        for out, right, what, more in self.made:
            kind = more.pop("kind", "genuine")
            twin = more.pop("twin", None)
            name = out.replace(".pdf", f"-{twin}.pdf") if twin else out
            cases.add(name, (self.folder / out).read_bytes(), right, what, kind=kind, **more)


def begin(house: House, folder: Path) -> Work:
    work = Work(folder)
    (folder / "draft.pdf").write_bytes(draft())
    house.a.save(folder / "a.p12")
    house.b.save(folder / "b.p12")
    house.tsa.save(folder / "tsa.p12")
    for name, who in {
        "a-rsa": person(house.issuing, PARTY_A, kind="rsa2048"),
        "b-384": person(house.issuing, PARTY_B, PARTY_B, kind="p384"),
        "b-3072": person(house.issuing, PARTY_B, PARTY_B, kind="rsa3072"),
    }.items():
        who.save(folder / f"{name}.p12")
    for name, each in (("root", house.root), ("issuing", house.issuing)):
        (folder / f"{name}.crl").write_bytes(revocation_list(each).public_bytes(serialization.Encoding.DER))
    itext(work)
    pdfbox(work)
    work.start()
    return work


def itext(work: Work) -> None:
    def holds(out: str, what: str, **more) -> None:
        work.case(out, HOLDS, f"iText: {what}", **more)

    holds(work.both("itext", "itext-cms"), "CMS, seals as pictures")
    holds(work.both("itext", "itext-cms-a-first", order="ab"), "CMS, party A first")
    holds(work.both("itext", "itext-cades", form="cades"), "CAdES")
    holds(work.both("itext", "itext-drawn", look="drawn", zone="GMT+8"), "CMS, drawn seals that darken, /M with +08'00'")
    holds(work.both("itext", "itext-tsa", tsa=True), "CMS with time stamps")
    holds(work.both("itext", "itext-cades-tsa", form="cades", tsa=True), "CAdES with time stamps")
    fields = ";".join(f"{name}:{box(BOXES[party])}" for name, party in (("Signature1", "b"), ("Signature2", "a")))
    placed = work.job("itext-fields", "draft.pdf", "itext-placed.pdf", fields=fields)
    holds(work.both("itext", "itext-fields-first", source=placed, filled=True), "both fields placed first by an update and filled later")
    holds(work.both("itext", "itext-fields-first-a", source=placed, filled=True, order="ab", tsa=True), "both fields placed first, party A first, with time stamps")
    locked = work.job("itext-fields", "draft.pdf", "itext-placed-locked.pdf", fields=fields, lock=True)
    holds(work.both("itext", "itext-fields-locked", source=locked, filled=True), "fields placed first, each with a /Lock on itself (FieldMDP)")
    holds(work.both("itext", "itext-lock", first={"lock": "Signature1"}), "party B's signature locks its own field (FieldMDP)")
    holds(work.both("itext", "itext-sha384", first={"who": "b-3072", "digest": "SHA-384"}), "RSA-3072 with SHA-384")
    ec = work.both("itext", "itext-ec", second={"who": "a"})
    told = "iText: P-256, and the container names the kind of the key where the signature's algorithm should stand; pyHanko refuses that, pdfsig accepts it"
    work.case(ec, UNJUDGED, told, kind="unjudged")
    one = work.sign("itext", "draft.pdf", "itext-store-1.pdf", "b", tsa=True)
    crls = f"{work.path('root.crl')},{work.path('issuing.crl')}"
    two = work.job("itext-store", one, "itext-store-2.pdf", who=work.path("b.p12"), field="Signature1", crls=crls)
    holds(work.sign("itext", two, "itext-dss-between.pdf", "a", tsa=True), "validation data between the signatures")
    two = work.both("itext", "itext-lta-2", tsa=True)
    three = work.job("itext-store", two, "itext-lta-3.pdf", who=work.path("a.p12"), field="Signature2", crls=crls)
    holds(work.job("itext-stamp", three, "itext-lta.pdf", tsa=work.path("tsa.p12"), at="2026-11-30T23:40:00Z"), "validation data and a document time stamp behind both")
    one = work.sign("itext", "draft.pdf", "itext-info-1.pdf", "b")
    two = work.job("itext-info", one, "itext-info-2.pdf")
    holds(work.sign("itext", two, "itext-info-between.pdf", "a"), "an update between the signatures that changes only dates, producer and metadata")


def pdfbox(work: Work) -> None:
    def holds(out: str, what: str, **more) -> None:
        work.case(out, HOLDS, f"PDFBox: {what}", **more)

    holds(work.both("pdfbox", "pdfbox-template"), "seals by a template, BER container with unsorted certificates")
    holds(work.both("pdfbox", "pdfbox-a-first", order="ab"), "seals by a template, party A first")
    holds(work.both("pdfbox", "pdfbox-designer", look="designer"), "seals by its designer")
    holds(work.both("pdfbox", "pdfbox-external", external=True, zone="GMT+8"), "signed from outside, BER container")
    holds(work.both("pdfbox", "pdfbox-p384", first={"who": "b-384", "digest": "SHA384"}), "P-384 with SHA-384")
    holds(work.both("pdfbox", "pdfbox-tsa", tsa=True), "BER container with a time stamp")
    one = work.sign("itext", "draft.pdf", "itext-then-pdfbox-1.pdf", "b", form="cades")
    holds(work.sign("pdfbox", one, "itext-then-pdfbox.pdf", "a"), "party A, after party B by iText")
    one = work.sign("pdfbox", "draft.pdf", "pdfbox-then-itext-1.pdf", "b")
    holds(work.sign("itext", one, "pdfbox-then-itext.pdf", "a", tsa=True), "party B, then party A by iText")
    for tool in ("itext", "pdfbox"):
        name = work.both(tool, f"{tool}-invisible", visible=False)
        work.case(name, UNJUDGED, f"{tool}: genuine, but both signatures are invisible and a seal was asked for", kind="unjudged")
        name = work.both(tool, f"{tool}-one-invisible", second={"visible": False})
        work.case(name, UNJUDGED, f"{tool}: party A's signature is invisible", kind="unjudged")
    name = work.both("itext", "itext-page-8", second={"page": 8, "box": "480,60,537,117"})
    work.case(name, UNJUDGED, "iText: party A's seal stands on page 8, where it hides nothing, and not on the signature page", kind="unjudged")
    anew = work.job("itext-info", "draft.pdf", "itext-anew-0.pdf", rewrite=True)
    rewritten(work, work.both("itext", "itext-anew", source=anew), "iText")
    anew = work.job("pdfbox-rewrite", "draft.pdf", "pdfbox-anew-0.pdf")
    rewritten(work, work.both("pdfbox", "pdfbox-anew", source=anew), "PDFBox")


def rewritten(work: Work, name: str, program: str) -> None:
    """The same file twice: judged with the confirmed draft at hand, and without it."""
    told = f"{program} wrote the whole draft anew before the first signature"
    work.case(name, HOLDS, f"{told}; the confirmed draft is at hand, and the pages look the same", kind="rewritten", draft="draft.pdf")
    work.case(name, UNJUDGED, f"{told}; the confirmed draft is not at hand", kind="rewritten", twin="without-draft")
