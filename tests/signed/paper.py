"""The confirmed draft, and updates of it written byte by byte."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

HERE = Path(__file__).parent
DRAFT_SHA256 = "e7238738e325308b92422e50d01eb116046955c4ae2147cf2427f97a82d573e4"
# The draft says itself when it was made: 2026-11-30 22:31:02 UTC.
SIGNED_B = dt.datetime(2026, 11, 30, 23, 0, 0, tzinfo=dt.timezone.utc)
SIGNED_A = dt.datetime(2026, 11, 30, 23, 30, 0, tzinfo=dt.timezone.utc)

# Objects of the draft.
PAGES, INFO, METADATA, CATALOG = 1, 619, 620, 621
SIZE = 622
LAST_PAGE = 9
# The seals' places on the signature page, both inside the dashed boxes of 62 mm.
BOX_A = (130, 454, 187, 511)
BOX_B = (345.5, 425.5, 459.5, 539.5)
# An entry of a cross-reference section: its type, and what its two other numbers are.
Row = tuple[int, int, int]
ID = b"/ID[(jyKUEkbxozE70Z8wZYObZw==)(oOtwAWxrFwOGB7WfN7/5Dg==)]"


def page_object(page: int) -> int:
    return 593 + page


def contents_object(page: int) -> int:
    return 608 + page


def draft() -> bytes:
    """The first revision of `base.pdf`, found by its hash."""
    base = (HERE / "base.pdf").read_bytes()
    for end in (match.end() for match in re.finditer(rb"%%EOF", base)):
        if hashlib.sha256(base[:end]).hexdigest() == DRAFT_SHA256:
            return base[:end]
    raise SystemExit("base.pdf does not begin with the confirmed draft")


def pdf_date(time: dt.datetime) -> bytes:
    return time.strftime("(D:%Y%m%d%H%M%SZ)").encode()


def numbers(values) -> bytes:
    return b"[" + b" ".join(b"%g" % value for value in values) + b"]"


def stream(entries: bytes, data: bytes, *, packed: bool = False) -> bytes:
    if packed:
        data = zlib.compress(data)
        entries += b"/Filter/FlateDecode"
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)


def ring(side: float) -> bytes:
    """A round seal: a ring and a square, in red."""
    r, k = side * 0.46, side * 0.46 * 0.5523
    m = side / 2
    arcs = [(r, k, k, r, 0, r), (-k, r, -r, k, -r, 0), (-r, -k, -k, -r, 0, -r), (k, -r, r, -k, r, 0)]
    path = b"%.2f %.2f m " % (m + r, m)
    path += b"".join(b"%.2f %.2f %.2f %.2f %.2f %.2f c " % tuple(m + each for each in arc) for arc in arcs)
    return b"q /Seal gs 0.8 0.1 0.12 RG 0.8 0.1 0.12 rg 2.5 w %s S %.2f %.2f %.2f %.2f re f Q" % (path, m - 8, m - 8, 16, 16)


MULTIPLY = b"/Resources<</ExtGState<</Seal<</Type/ExtGState/BM/Multiply>>>>>>"


def seal(side: float = 100) -> bytes:
    """A seal as a form that darkens what is beneath it."""
    return stream(b"/Type/XObject/Subtype/Form/FormType 1/BBox[0 0 %g %g]%s" % (side, side, MULTIPLY), ring(side), packed=True)


def plain(operators: bytes, *, box=(0, 0, 100, 100), entries: bytes = b"") -> bytes:
    """An appearance that draws what it is told."""
    return stream(b"/Type/XObject/Subtype/Form/BBox%s%s" % (numbers(box), entries), operators)


def picture_seal(first: int) -> tuple[bytes, dict[int, bytes]]:
    """A seal as a picture with transparency, as other programs make it; its two pictures are the objects from `first` on."""
    side = 60
    red, alpha = bytearray(), bytearray()
    for y in range(side):
        for x in range(side):
            far = ((x - 29.5) ** 2 + (y - 29.5) ** 2) ** 0.5
            inked = 24 < far < 28 or far < 8
            red += bytes((204, 25, 30))
            alpha.append(230 if inked else 0)
    head = b"/Type/XObject/Subtype/Image/Width 60/Height 60/BitsPerComponent 8"
    pictures = {
        first: stream(b"%s/ColorSpace/DeviceRGB/SMask %d 0 R" % (head, first + 1), bytes(red), packed=True),
        first + 1: stream(b"%s/ColorSpace/DeviceGray" % head, bytes(alpha), packed=True),
    }
    form = plain(b"q 100 0 0 100 0 0 cm /Im Do Q", entries=b"/Resources<</XObject<</Im %d 0 R>>>>" % first)
    return form, pictures


@dataclass(frozen=True)
class Paper:
    """A revision: its bytes, and what the next update must know of it."""

    pdf: bytes
    startxref: int
    size: int = SIZE
    fields: tuple[int, ...] = ()
    annotations: dict[int, tuple[int, ...]] = field(default_factory=dict)
    form: bytes = b"/SigFlags 3"
    catalog: bytes = b""
    # Where the last container stands: the offsets of its "<" and behind its ">".
    hole: tuple[int, int] = (0, 0)

    def catalog_body(self, **changes) -> bytes:
        now = replace(self, **changes)
        fields = b" ".join(b"%d 0 R" % each for each in now.fields)
        head = (
            b"<</Type/Catalog/Pages 1 0 R/Metadata 620 0 R/OutputIntents 25 0 R/Lang(zh-CN)/StructTreeRoot 26 0 R"
            b"/MarkInfo<</Marked true/Suspects false>>/ViewerPreferences<</DisplayDocTitle true/Direction/L2R>>/Outlines 23 0 R"
        )
        return head + b"/AcroForm<</Fields[%s]%s>>%s>>" % (fields, now.form, now.catalog)

    def page_body(self, page: int, annotations=None, entries: bytes = b"", **changed: bytes) -> bytes:
        """The dictionary of a page; an entry of the draft is named to be changed (`Contents=b"5 0 R"`)."""
        parts = {
            "Resources": b"%d 0 R" % (578 + page),
            "MediaBox": b"[0 0 595.2756 841.8898]",
            "StructParents": b"%d" % (page - 1),
            "Tabs": b"/S",
            "Parent": b"1 0 R",
            "Contents": b"%d 0 R" % contents_object(page),
        }
        parts.update(changed)
        listed = self.annotations.get(page, ()) if annotations is None else annotations
        if listed:
            entries = b"/Annots[%s]" % b" ".join(b"%d 0 R" % each for each in listed) + entries
        body = b"".join(b"/%s %s" % (key.encode(), value) for key, value in parts.items())
        return b"<</Type/Page%s%s>>" % (body, entries)

    def update(self, objects: dict[int, bytes], **how) -> Paper:
        """This revision with `objects` appended; see `append`."""
        pdf, startxref, size = append(self.pdf, self.startxref, self.size, objects, **how)
        return replace(self, pdf=pdf, startxref=startxref, size=size)

    def behind(self, tail: bytes) -> bytes:
        return self.pdf + tail


def base() -> Paper:
    """The draft as the sandbox signed it for both parties."""
    pdf = (HERE / "base.pdf").read_bytes()
    return Paper(pdf, 353749, 628, (624, 627), {LAST_PAGE: (624, 627)})


def blank() -> Paper:
    pdf = draft()
    return Paper(pdf, int(re.findall(rb"startxref\s+(\d+)", pdf)[-1]))


def sections(listed: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in sorted(listed):
        if runs and runs[-1][0] + runs[-1][1] == number:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((number, 1))
    return runs


def trailer(size: int, prev: int | None, more: bytes = b"") -> bytes:
    link = b"/Prev %d" % prev if prev is not None else b""
    return b"/Size %d/Root 621 0 R/Info 619 0 R%s%s%s" % (size, ID, link, more)


def append(
    pdf: bytes,
    prev: int,
    size: int,
    objects: dict[int, bytes],
    *,
    style: str = "table",
    packed: tuple[int, ...] = (),
    head: bytes = b"",
    before_xref: bytes = b"",
    trailer_size: int | None = None,
    trailer_more: bytes = b"",
    link: int | None = -1,
    offsets: dict[int, int] | None = None,
    start: Callable[[int], int] = lambda at: at,
    end: bytes = b"%%EOF\n",
    table: Callable[[dict[int, int]], bytes] | None = None,
    rows_of: Callable[[dict[int, Row]], dict[int, Row]] = lambda rows: rows,
    section: Callable[[dict[int, Row]], tuple[bytes, bytes]] | None = None,
    heads: dict[int, bytes] | None = None,
    behind: Callable[[int], bytes] = lambda at: b"",
) -> tuple[bytes, int, int]:
    """Appends an update. `style` is `table` or `stream`; objects in `packed` stand in an object stream, which needs `stream`.

    Everything else is for faults: `head` and `before_xref` stand around the objects, `heads` replaces "n 0 obj", `offsets` and `rows_of` change
    the section's entries, `table` and `section` write it in another way, `behind` adds bytes when told where the section stands."""
    out = bytearray(pdf)
    if not pdf.endswith((b"\n", b"\r")):
        out += b"\n"
    out += head
    highest = max([size - 1, *objects])
    rows: dict[int, Row] = {}
    loose = {number: body for number, body in objects.items() if number not in packed}
    if packed:
        highest += 1
        pairs, bodies = b"", b""
        for place, number in enumerate(packed):
            pairs += b"%d %d " % (number, len(bodies))
            bodies += objects[number] + b"\n"
            rows[number] = (2, highest, place)
        loose[highest] = stream(b"/Type/ObjStm/N %d/First %d" % (len(packed), len(pairs)), pairs + bodies, packed=True)
    for number, body in loose.items():
        rows[number] = (1, (offsets or {}).get(number, len(out)), 0)
        out += (heads or {}).get(number, b"%d 0 obj" % number) + b"\n%s\nendobj\n" % body
    out += before_xref
    rows = rows_of(rows)
    at = len(out)
    prev_entry = prev if link == -1 else link
    if style == "table":
        out += b"xref\n" + (table({n: row[1] for n, row in rows.items()}) if table else plain_table(rows))
        size = trailer_size or highest + 1
        out += b"trailer\n<<%s>>\n" % trailer(size, prev_entry, trailer_more)
    else:
        highest += 1
        rows[highest] = (1, at, 0)
        size = trailer_size or highest + 1
        shape, data = (section or plain_section)(rows)
        entries = b"/Type/XRef%s%s" % (shape, trailer(size, prev_entry, trailer_more))
        out += b"%d 0 obj\n%s\nendobj\n" % (highest, stream(entries, data, packed=True))
    out += behind(at)
    out += b"startxref\n%d\n%s" % (start(at), end)
    return bytes(out), at, highest + 1


def plain_section(rows: dict[int, Row]) -> tuple[bytes, bytes]:
    """The entries of a cross-reference stream: what its dictionary says of their form, and their bytes."""
    index = b" ".join(b"%d %d" % run for run in sections(list(rows)))
    return b"/W[1 4 2]/Index[%s]" % index, b"".join(row_bytes(rows[n]) for n in sorted(rows))


def row_bytes(row: Row, widths: tuple[int, int, int] = (1, 4, 2)) -> bytes:
    return b"".join(value.to_bytes(width, "big") for value, width in zip(row, widths) if width)


def plain_table(rows: dict[int, Row]) -> bytes:
    lines = b""
    for first, count in sections(list(rows)):
        lines += b"%d %d\n" % (first, count)
        lines += b"".join(b"%010d 00000 n \n" % rows[first + step][1] for step in range(count))
    return lines
