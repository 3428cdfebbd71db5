"""Attacks on what decides which object a reader sees: cross-reference sections, object streams, the file's ends."""

from __future__ import annotations

from authority import House
from by_hand import both
from cases import BROKEN, Cases
from paper import LAST_PAGE, Paper, base, page_object, stream

FORGED = b"BT /F1 28 Tf 60 700 Td (FORGED: Party A owes Party B 1,000,000) Tj ET"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def forged_page(paper: Paper) -> dict[int, bytes]:
    """Page 1 with other words, and the two objects it needs."""
    n = paper.size
    page = paper.page_body(1, Contents=b"%d 0 R" % n, Resources=b"<</Font<</F1 %d 0 R>>>>" % (n + 1))
    return {n: stream(b"", FORGED), n + 1: FONT, page_object(1): page}


def store(paper: Paper, *numbers: int) -> bytes:
    """The catalog with validation data that names `numbers` as certificates."""
    listed = b" ".join(b"%d 0 R" % each for each in numbers)
    return paper.catalog_body(catalog=paper.catalog + b"/DSS<</Certs[%s]>>" % listed)


def fill(cases: Cases, house: House) -> None:
    def broken(name: str, pdf, what: str, **more) -> None:
        more.setdefault("anchors", "sandbox-root.pem")
        cases.add(f"{name}.pdf", pdf, BROKEN, what, kind=more.pop("kind", "structure"), **more)

    paper = base()
    n = paper.size
    broken("tail-blanks", paper.behind(b"\n" + b" " * 1100), "1,100 blanks stand behind the last %%EOF, so that readers look for startxref elsewhere")
    broken("tail-two-line-ends", paper.behind(b"\n\n"), "two line ends stand behind the last %%EOF, where no signature covers them")
    broken("tail-comment", paper.behind(b"\n% more\n"), "a comment stands behind the last %%EOF")
    broken("tail-second-eof", paper.behind(b"\n%%EOF\n"), "a second %%EOF follows the last one")
    broken("shadow-page-1", paper.update(forged_page(paper)), "an update behind both signatures replaces page 1")
    broken("shadow-page-1-in-stream", paper.update(forged_page(paper), style="stream", packed=(page_object(1),)), "the same with the page in an object stream")
    broken("size-too-small", paper.update({621: store(paper)}, trailer_size=3), "the update's /Size is smaller than the numbers in use")
    broken("size-too-large", paper.update({621: store(paper)}, trailer_size=n + 50), "the update's /Size is larger than the highest number and one")
    broken("startxref-off-by-one", paper.update({621: store(paper)}, start=lambda at: at + 1), "startxref points one byte behind the section")
    broken("header-shifted", b"junk\n" + paper.pdf, "bytes stand before %PDF, so that all offsets are wrong")
    _ = both, LAST_PAGE
