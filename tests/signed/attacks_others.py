"""Files of other programs: drafts that they wrote anew, and open changes behind what they signed."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from pathlib import Path

from authority import House
from by_pyhanko import desk, rewrite
from cases import BROKEN, HOLDS, UNJUDGED, Cases
from paper import blank
from pyhanko.pdf_utils import generic

Name = generic.pdf_name
SIGNED_BY_OTHERS = (
    "itext-cms", "itext-cades-tsa", "itext-lta", "itext-lock", "itext-fields-first", "pdfbox-template", "pdfbox-tsa",
    "pyhanko-blta", "pyhanko-blt", "pyhanko-certified-3", "pyhanko-lock-last", "pyhanko-xref-streams",
)  # fmt: skip


def number(value) -> generic.PdfObject:
    return generic.NumberObject(value)


def words(writer) -> generic.IndirectObject:
    """A form with other words."""
    font = generic.DictionaryObject({Name("/Type"): Name("/Font"), Name("/Subtype"): Name("/Type1"), Name("/BaseFont"): Name("/Helvetica")})
    fonts = generic.DictionaryObject({Name("/Font"): generic.DictionaryObject({Name("/F1"): font})})
    entries = {Name("/Type"): Name("/XObject"), Name("/Subtype"): Name("/Form"), Name("/BBox"): generic.ArrayObject(map(number, (0, 0, 300, 60))), Name("/Resources"): fonts}
    drawn = b"1 1 1 rg 0 0 300 60 re f 0 g BT /F1 14 Tf 4 20 Td (Fee: 1.00 per year) Tj ET"
    return writer.add_object(generic.StreamObject(entries, stream_data=drawn))


def contents(writer) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    page[Name("/Contents")] = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    writer.update_container(page)


def stamp(writer) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    look = generic.DictionaryObject({Name("/N"): words(writer)})
    rectangle = generic.ArrayObject(map(number, (60, 600, 360, 660)))
    entries = {Name("/Type"): Name("/Annot"), Name("/Subtype"): Name("/Stamp"), Name("/Rect"): rectangle, Name("/F"): number(4), Name("/AP"): look}
    page[Name("/Annots")] = generic.ArrayObject([writer.add_object(generic.DictionaryObject(entries))])
    writer.update_container(page)


def look_of_first(writer) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    field[Name("/AP")] = generic.DictionaryObject({Name("/N"): words(writer)})
    writer.update_container(field)


def fewer(writer) -> None:
    tree = writer.root["/Pages"]
    del tree["/Kids"][0]
    tree[Name("/Count")] = number(8)
    writer.update_container(tree)


CHANGES = {
    "contents": (contents, "the contents of page 1 are replaced"),
    "stamp": (stamp, "a stamp stands over the text of page 1"),
    "first-seal": (look_of_first, "the first seal shows other words"),
    "page-gone": (fewer, "page 1 is taken out"),
}


def fill(cases: Cases, house: House) -> None:
    changes = list(CHANGES.items())
    for at, source in enumerate(SIGNED_BY_OTHERS):
        pdf = (cases.folder / f"{source}.pdf").read_bytes()
        for name, (change, what) in (changes[at % 4], changes[(at + 1) % 4]):
            cases.add(f"change-{source}-{name}.pdf", rewrite(pdf, change), BROKEN, f"behind a file signed by others ({source}): {what}", kind="changed content")
        # The tail of a copy that was cut off or went on.
        if at % 4 == 0:
            cases.add(f"tail-{source}.pdf", pdf + b"\n\n%%EOF\n", BROKEN, f"bytes stand behind the end of a file signed by others ({source})", kind="structure")
    between(cases, house)
    anew(cases, house)


def last_page(change: str) -> int:
    """The signature page's number, counted from 0."""
    return 7 if change == "page-gone" else 8


def between(cases: Cases, house: House) -> None:
    """Changes between the signatures, by files that pyHanko signs before and after."""
    work = desk(house)
    for how, values in {"plain": {}, "blt": {"stamped": True, "stored": True}}.items():
        one = work.sign(blank().pdf, "b", **values)
        for name, (change, what) in CHANGES.items():
            if name == "first-seal" or how == "plain" or name == "stamp":
                pdf = work.sign(rewrite(one, change), "a", page=last_page(name))
                cases.add(f"change-pyhanko-{how}-{name}-between.pdf", pdf, BROKEN, f"between two signatures by pyHanko ({how}): {what}", kind="changed content")


def qpdf(pdf: bytes, *options: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "in.pdf", Path(folder) / "out.pdf"
        source.write_bytes(pdf)
        subprocess.run(["qpdf", "--deterministic-id", "--warning-exit-0", "--no-warn", *options, source, out], check=True)
        return out.read_bytes()


def anew(cases: Cases, house: House) -> None:
    """Drafts written anew before the first signature, and some that say something else by then."""
    work = desk(house)
    told = "qpdf wrote the whole draft anew before the first signature"
    for name, options in {"plain": [], "object-streams": ["--object-streams=generate"], "uncompressed": ["--stream-data=uncompress"], "linearized": ["--linearize"]}.items():
        pdf = work.both(draft=qpdf(blank().pdf, *options))
        # A linearized file has two sections for one revision; the verifier reads one and refuses the file.
        also = {"also": BROKEN} if name == "linearized" else {}
        cases.add(f"qpdf-anew-{name}.pdf", pdf, HOLDS, f"{told} ({name}); the confirmed draft is at hand", kind="rewritten", draft="draft.pdf", **also)
        cases.add(f"qpdf-anew-{name}-without-draft.pdf", pdf, UNJUDGED, f"{told} ({name}); the confirmed draft is not at hand", kind="rewritten", **also)
    for name, (change, what) in CHANGES.items():
        if name == "first-seal":
            continue
        on = {"page": last_page(name)}
        pdf = work.both(on, on, draft=qpdf(rewrite(blank().pdf, change), "--object-streams=generate"))
        cases.add(f"qpdf-anew-{name}.pdf", pdf, BROKEN, f"the draft was written anew with a change ({what}); the confirmed draft is at hand", kind="rewritten", draft="draft.pdf")
    swapped = qpdf(blank().pdf, "--pages", ".", "2,1,3-z", "--")
    cases.add("qpdf-anew-swapped.pdf", work.both(draft=swapped), BROKEN, "the draft was written anew with two pages swapped; the confirmed draft is at hand", kind="rewritten", draft="draft.pdf")
    confirmed = qpdf(blank().pdf, "--pages", ".", "1-7,9", "--")
    (cases.folder / "other-draft.pdf").write_bytes(confirmed)
    other = {"draftSha256": hashlib.sha256(confirmed).hexdigest(), "draft": "other-draft.pdf"}
    cases.add("not-the-draft.pdf", work.both(), BROKEN, "a genuine file, but another draft was confirmed, with a page less", kind="rewritten", **other)
