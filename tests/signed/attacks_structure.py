"""Attacks on what decides which object a reader sees: cross-reference sections, `/Prev`, startxref, the file's ends, text that looks like objects."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

from authority import House
from by_hand import by_b, indirect
from cases import BROKEN, Cases
from paper import CATALOG, HERE, ID, Paper, base, blank, page_object, plain_section, plain_table, row_bytes, stream
from sign import sign_a, sign_b

FORGED = b"BT /F1 28 Tf 60 700 Td (FORGED: Party A owes Party B 1,000,000) Tj ET"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
PAGE_1 = page_object(1)


def forged_page(paper: Paper) -> dict[int, bytes]:
    """Page 1 with other words, and the two objects it needs."""
    n = paper.size
    return {n: stream(b"", FORGED), n + 1: FONT, PAGE_1: other_page(paper)}


def other_page(paper: Paper) -> bytes:
    n = paper.size
    return paper.page_body(1, Contents=b"%d 0 R" % n, Resources=b"<</Font<</F1 %d 0 R>>>>" % (n + 1))


def store(paper: Paper, *numbers: int) -> bytes:
    """The catalog with validation data that names `numbers` as certificates."""
    listed = b" ".join(b"%d 0 R" % each for each in numbers)
    return paper.catalog_body(catalog=paper.catalog + b"/DSS<</Certs[%s]>>" % listed)


def disguised(paper: Paper) -> dict[int, bytes]:
    """An update that looks like validation data; its "certificates" are the forged page's contents and font."""
    n = paper.size
    return {n: stream(b"", FORGED), n + 1: FONT, CATALOG: store(paper, n, n + 1)}


def honest(paper: Paper) -> dict[int, bytes]:
    """An update that adds validation data and nothing else."""
    text = (HERE / "sandbox-root.pem").read_text()
    der = base64.b64decode("".join(line for line in text.splitlines() if not line.startswith("-")))
    return {paper.size: stream(b"", der), CATALOG: store(paper, paper.size)}


def fill(cases: Cases, house: House) -> None:
    paper = base()

    def broken(name: str, pdf, what: str, **more) -> None:
        more.setdefault("anchors", "sandbox-root.pem")
        cases.add(f"{name}.pdf", pdf, BROKEN, what, kind="structure", **more)

    ends(broken, paper)
    shadows(cases, broken, paper, house)
    tables(broken, paper)
    section_streams(broken, paper)
    chains(broken, paper)
    texts(broken, paper)
    trailers(broken, paper)


def ends(broken, paper: Paper) -> None:
    for name, tail, told in (
        ("blanks", b"\n" + b" " * 1100, "1,100 blanks, so that readers look for startxref elsewhere"),
        ("zeros", b"\x00" * 1100, "1,100 zero bytes"),
        ("two-line-ends", b"\n\n", "two line ends, where no signature covers them"),
        ("comment", b"\n% more\n", "a comment"),
        ("second-eof", b"\n%%EOF\n", "a second %%EOF"),
        ("second-startxref", b"\nstartxref\n353749\n%%EOF\n", "startxref and %%EOF once more"),
        ("object", b"\n594 0 obj\n%s\nendobj\n" % other_page(paper), "an object that no section lists"),
        ("binary", b"\n" + bytes(range(256)), "256 bytes of any kind"),
    ):
        broken(f"tail-{name}", paper.behind(tail), f"behind the last %%EOF stands {told}")
    broken("header-shifted", b"junk\n" + paper.pdf, "bytes stand before %PDF, so that all offsets are wrong")
    broken("header-line-end", b"\n" + paper.pdf, "a line end stands before %PDF, so that all offsets are wrong by one")
    broken("header-version", paper.pdf.replace(b"%PDF-1.7", b"%PDF-1.3", 1), "the header's version is changed, which the signatures cover")
    broken("truncated", paper.pdf[:-7], "the last bytes, startxref's among them, are missing")
    broken("cut-to-first", paper.pdf[:331584], "the second signature is cut off: party A has not signed")


def shadows(cases: Cases, broken, paper: Paper, house: House) -> None:
    """The plain case: an update that replaces page 1, at each place where an update can stand."""
    packed = {"style": "stream", "packed": (PAGE_1,)}
    broken("shadow-after", paper.update(forged_page(paper)), "an update behind both signatures replaces page 1")
    broken("shadow-after-packed", paper.update(forged_page(paper), **packed), "the same with the page in an object stream")
    broken("shadow-after-twice", paper.update(forged_page(paper)).update(disguised(paper)), "page 1 is replaced, then validation data follows")
    one = by_b(house)
    told = "an update between the signatures replaces page 1, and party A signs what party B did not"
    broken("shadow-between", sign_a(one.update(forged_page(one)), house.a), told, anchors="root.pem")
    broken("shadow-between-packed", sign_a(one.update(forged_page(one), **packed), house.a), told + " (object stream)", anchors="root.pem")
    told = "an update between draft and first signature replaces page 1: both signed something else than what was confirmed"
    first = blank().update(forged_page(blank()))
    broken("shadow-before", sign_a(sign_b(first, house.b), house.a), told, anchors="root.pem")
    first = blank().update(forged_page(blank()), **packed)
    broken("shadow-before-packed", sign_a(sign_b(first, house.b), house.a), told + " (object stream)", anchors="root.pem")
    page = {PAGE_1: one.page_body(1, Contents=b"610 0 R", Resources=b"580 0 R")}
    told = "the update that carries party A's signature shows page 2's contents on page 1 as well"
    broken("shadow-with-signature", sign_a(one, house.a, objects=page), told, anchors="root.pem")
    told = "the update that carries party B's signature shows page 2's contents on page 1 as well"
    broken("shadow-with-first-signature", sign_a(sign_b(blank(), house.b, objects=page), house.a), told, anchors="root.pem")
    whole = indirect(house)
    broken("shadow-after-indirect", whole.update(forged_page(whole)), "page 1 is replaced behind signatures whose lists are objects of their own", anchors="root.pem")


def tables(broken, paper: Paper) -> None:
    n, plain = paper.size, honest(paper)

    def with_table(name: str, what: str, write, objects=None) -> None:
        broken(f"table-{name}", paper.update(objects or honest(paper), table=write), what)

    broken("size-too-small", paper.update(plain, trailer_size=3), "the update's /Size is smaller than the numbers in use")
    broken("size-too-small-by-one", paper.update(honest(paper), trailer_size=n), "/Size is the highest number, not one more")
    broken("size-too-large", paper.update(plain, trailer_size=n + 50), "the update's /Size is larger than the highest number and one")
    broken("size-negative", paper.update(plain, trailer_size=-1), "/Size is negative")
    forged = {**disguised(paper), PAGE_1: other_page(paper)}

    def twice(rows: dict[int, int]) -> bytes:
        old = 0x10
        return plain_table({key: (1, at, 0) for key, at in rows.items()}) + b"594 1\n%010d 00000 n \n" % old

    with_table("number-twice", "page 1 is listed twice, once forged", twice, forged)
    with_table("section-twice", "two sections of one table name page 1 (594)", lambda rows: twice(rows).replace(b"594 1\n", b"594 1\n", 1), forged)

    def entries(rows: dict[int, int], line: bytes) -> bytes:
        return b"".join(b"%d 1\n" % key + line % at for key, at in sorted(rows.items()))

    with_table("short-entries", "the table's entries have 19 bytes", lambda rows: entries(rows, b"%010d 00000 n\n"))
    with_table("long-entries", "the table's entries have 21 bytes", lambda rows: entries(rows, b"%010d 00000 n  \n"))
    with_table("generation", "the entries have generation 1, the objects 0", lambda rows: entries(rows, b"%010d 00001 n \n"), forged)
    with_table("kind", "the entries are of a kind that does not exist", lambda rows: entries(rows, b"%010d 00000 x \n"), forged)
    with_table("free-page", "page 1 is listed as free", lambda rows: entries(rows, b"%010d 00000 n \n") + b"594 1\n0000000000 00001 f \n")
    with_table("off-by-one", "the offsets point one byte behind the objects", lambda rows: entries({k: at + 1 for k, at in rows.items()}, b"%010d 00000 n \n"), forged)
    with_table("space-before", "the offsets point to the line end before the objects", lambda rows: entries({k: at - 1 for k, at in rows.items()}, b"%010d 00000 n \n"), forged)
    with_table("wrapped", "the offsets are larger by 2^32", lambda rows: entries({k: at + 2**32 for k, at in rows.items()}, b"%010d 00000 n \n"), forged)
    with_table("other-object", "page 1's entry points to another object", lambda rows: entries({**rows, PAGE_1: rows[n]}, b"%010d 00000 n \n"))
    with_table("count-too-large", "a section promises more entries than it has", lambda rows: entries(rows, b"%010d 00000 n \n").replace(b"621 1", b"621 2"))
    with_table("comment", "a comment stands inside the table", lambda rows: b"% a comment\n" + entries(rows, b"%010d 00000 n \n"), forged)
    with_table("negative", "a section begins at a negative number", lambda rows: b"-1 1\n0000000000 65535 f \n" + entries(rows, b"%010d 00000 n \n"))
    with_table("twice-keyword", "the table begins twice", lambda rows: b"xref\n" + entries(rows, b"%010d 00000 n \n"), forged)


def section_streams(broken, paper: Paper) -> None:
    forged = {**disguised(paper), PAGE_1: other_page(paper)}

    def with_stream(name: str, what: str, section=None, objects=None, **how) -> None:
        broken(f"xref-stream-{name}", paper.update(objects or honest(paper), style="stream", section=section, **how), what)

    def shaped(widths, more=lambda row: row):
        def section(rows):
            index = b" ".join(b"%d 1" % key for key in sorted(rows))
            told = b" ".join(b"%d" % each for each in widths)
            return b"/W[%s]/Index[%s]" % (told, index), b"".join(row_bytes(more(rows[key]), widths) for key in sorted(rows))

        return section

    def with_row(*rows_more: tuple[int, tuple[int, int, int]]):
        def section(rows):
            listed = sorted([*rows.items(), *rows_more])
            index = b" ".join(b"%d 1" % key for key, _ in listed)
            return b"/W[1 4 2]/Index[%s]" % index, b"".join(row_bytes(row) for _, row in listed)

        return section

    for kind in (3, 5, 255):
        with_stream(f"type-{kind}", f"an entry of type {kind} for page 1: some readers skip it, others take it for lost", with_row((PAGE_1, (kind, 16, 0))))
    with_stream("width-0", "types have no bytes (all are 1) and generations none", shaped((0, 4, 0)), forged)
    with_stream("width-9", "offsets have nine bytes", shaped((1, 9, 2)), forged)
    with_stream("width-5", "offsets have five bytes and are larger by 2^32: some readers keep 32 bits of them", shaped((1, 5, 2), lambda row: (row[0], row[1] + 2**32, row[2])), forged)
    with_stream("width-four", "/W has four numbers", lambda rows: (plain_section(rows)[0].replace(b"/W[1 4 2]", b"/W[1 4 2 0]"), plain_section(rows)[1]), forged)
    with_stream("width-negative", "/W has a negative number", lambda rows: (plain_section(rows)[0].replace(b"/W[1 4 2]", b"/W[1 4 -2]"), plain_section(rows)[1]), forged)
    with_stream("overlong", "the stream has more bytes than its entries need", lambda rows: (plain_section(rows)[0], plain_section(rows)[1] + row_bytes((1, 16, 0))), forged)
    with_stream("short", "the stream has fewer bytes than its entries need", lambda rows: (plain_section(rows)[0], plain_section(rows)[1][:-7]), forged)
    with_stream("index-overlaps", "two runs of /Index name page 1", with_row((PAGE_1, (1, 16, 0))), forged)
    with_stream("index-short", "/Index names fewer numbers than there are entries", lambda rows: (b"/W[1 4 2]/Index[594 1]", plain_section(rows)[1]), forged)
    with_stream("index-odd", "/Index has an odd count of numbers", lambda rows: (plain_section(rows)[0].replace(b"]", b" 7]").replace(b"/W[1 4 2 7]", b"/W[1 4 2]"), plain_section(rows)[1]), forged)
    with_stream("index-negative", "/Index has a negative number", lambda rows: (plain_section(rows)[0].replace(b"/Index[", b"/Index[-1 1 "), row_bytes((0, 0, 0)) + plain_section(rows)[1]), forged)
    with_stream("free-page", "page 1 is listed as free", with_row((PAGE_1, (0, 0, 1))))
    with_stream("size-too-small", "/Size of a cross-reference stream is too small", None, None, trailer_size=600)
    with_stream("size-too-large", "/Size of a cross-reference stream is too large", None, None, trailer_size=5000)
    with_stream("off-by-one", "an offset in a cross-reference stream points one byte too far", shaped((1, 4, 2), lambda row: (row[0], row[1] + 1, row[2])), forged)
    with_stream("without-itself", "the cross-reference stream's own number leads to the forged contents", lambda rows: plain_section({**rows, max(rows): rows[paper.size]}), forged)
    with_stream("generation", "an entry has generation 7", shaped((1, 4, 2), lambda row: (row[0], row[1], 7)), forged)


def chains(broken, paper: Paper) -> None:
    n, plain = paper.size, honest(paper)
    broken("startxref-off-by-one", paper.update(plain, start=lambda at: at + 1), "startxref points one byte behind the section")
    broken("startxref-before", paper.update(plain, start=lambda at: at - 1), "startxref points to the line end before the section")
    broken("startxref-zero", paper.update(plain, start=lambda at: 0), "startxref is 0, so that readers rebuild the file from its text")
    broken("startxref-beyond", paper.update(plain, start=lambda at: at + 10**6), "startxref points behind the file")
    broken("startxref-old", paper.update(forged_page(paper), start=lambda at: paper.startxref), "startxref leads to the section before: readers that rebuild see page 1 replaced")
    broken("startxref-wraps", paper.update(forged_page(paper), start=lambda at: at + 2**32), "startxref is larger by 2^32")
    old = paper.update(forged_page(paper), link=None)
    broken("prev-missing", old, "the update's section has no /Prev")
    broken("prev-draft", paper.update(plain, link=287556), "/Prev leads to the draft's section: the signatures vanish from the file")
    broken("prev-between", paper.update(plain, link=331296), "/Prev leads to party B's section: party A's signature vanishes")
    broken("prev-beyond", paper.update(plain, link=10**7), "/Prev points behind the file")
    broken("prev-wraps", paper.update(plain, link=paper.startxref + 2**32), "/Prev is larger by 2^32")
    broken("prev-negative", paper.update(plain, link=None, trailer_more=b"/Prev -353749"), "/Prev is negative")
    broken("prev-real", paper.update(plain, link=None, trailer_more=b"/Prev 353749.0"), "/Prev is not a whole number")
    broken("prev-twice", paper.update(plain, trailer_more=b"/Prev 287556"), "/Prev stands twice in the trailer")
    broken("prev-indirect", paper.update({**plain, n + 2: b"353749"}, link=None, trailer_more=b"/Prev %d 0 R" % (n + 2)), "/Prev is a reference")
    loop = paper.update(plain)
    broken("prev-loops", paper.update(plain, link=loop.startxref), "/Prev leads to the section itself")
    first = paper.update(plain, link=len(paper.pdf) + 5000)
    second = first.update({CATALOG: store(paper)}, before_xref=b"%" + b" " * 4000 + b"\n")
    broken("prev-loops-far", first.update({CATALOG: store(paper)}, link=second.startxref), "two sections lead to each other or nowhere")

    def hidden_section(pdf: bytes, *, stream_too: bool = False) -> tuple[bytes, int, bytes]:
        """The forged objects, listed by a section of their own that nothing but a link leads to."""
        at, text, rows = len(pdf) + (0 if pdf.endswith(b"\n") else 1), b"", {}
        for number, body in forged_page(paper).items():
            rows[number] = at + len(text)
            text += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        place = at + len(text)
        if stream_too:
            listed = {number: (1, offset, 0) for number, offset in rows.items()} | {n + 2: (1, place, 0)}
            shape, data = plain_section(listed)
            text += b"%d 0 obj\n%s\nendobj\n" % (n + 2, stream(b"/Type/XRef/Size %d/Root 621 0 R%s" % (n + 3, shape), data))
        else:
            text += b"xref\n" + plain_table({number: (1, offset, 0) for number, offset in rows.items()})
            text += b"trailer\n<</Size %d/Root 621 0 R/Info 619 0 R%s/Prev %d>>\n" % (n + 2, ID, paper.startxref)
        return text, place, b""

    text, place, _ = hidden_section(paper.pdf)
    broken("prev-forged", paper.update({CATALOG: store(paper)}, head=text, link=place), "/Prev leads to a forged section inside the update, which replaces page 1")
    text, place, _ = hidden_section(paper.pdf, stream_too=True)
    more = b"/XRefStm %d" % place
    broken("hybrid", paper.update({CATALOG: store(paper)}, head=text, trailer_more=more, trailer_size=n + 3), "a hybrid file: /XRefStm leads to a section that replaces page 1")
    broken("hybrid-nowhere", paper.update({CATALOG: store(paper)}, trailer_more=b"/XRefStm 16"), "/XRefStm leads to something else")


def texts(broken, paper: Paper) -> None:
    """Objects that stand where only a reader that rebuilds the file looks for them."""
    n = paper.size
    objects = honest(paper)
    catalog, page = objects[CATALOG], other_page(paper)
    text = b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in forged_page(replace(paper, size=n + 5)).items())
    broken("text-unlisted", paper.update(objects, before_xref=text), "the update holds page 1 once more, and no section lists it")
    broken("text-in-stream", paper.update({**objects, n: stream(b"", text)}), "a page stands as text inside a stream")
    broken("text-in-comment", paper.update(objects, before_xref=b"%" + text.replace(b"\n", b" ") + b"\n"), "a page stands as text inside a comment")
    said = catalog[:-2] + b"/Said(\n%s)>>" % text
    broken("text-in-string", paper.update({**objects, CATALOG: said}), "a page stands as text inside a string")
    broken("text-behind-section", paper.update(objects, behind=lambda at: text), "a page stands between trailer and startxref")
    broken("text-second-trailer", paper.update(objects, behind=lambda at: b"trailer\n<</Size 9/Root %d 0 R>>\n" % n), "a second trailer stands behind the first")
    broken("text-before-objects", paper.update(objects, head=text), "a page that no section lists stands before the update's objects")
    broken("text-start-in-comment", paper.update(forged_page(paper), end=b"%%EOF\n%startxref\n%353749\n%%EOF\n"), "a startxref inside comments follows the true one")
    numbered = {**disguised(paper), PAGE_1: page}
    broken("object-other-number", paper.update(numbered, heads={PAGE_1: b"595 0 obj"}), "the entry of page 1 leads to an object that calls itself 595")
    broken("object-generation", paper.update(numbered, heads={PAGE_1: b"594 1 obj"}), "the object calls itself generation 1, its entry says 0")
    broken("object-long-number", paper.update(numbered, heads={PAGE_1: b"4294967890 0 obj"}), "the object's number is larger by 2^32")
    broken("object-comment-in-head", paper.update(numbered, heads={PAGE_1: b"594 % 0 obj\n0 obj"}), "a comment stands inside the head of an object")
    contents = objects[n]
    length = re.search(rb"/Length \d+", contents)[0]
    short = contents.replace(length, b"/Length 4")
    broken("length-short", paper.update({**objects, n: short}), "/Length is shorter than the stream")
    long = contents.replace(length, b"/Length 4000")
    broken("length-long", paper.update({**objects, n: long}), "/Length reaches behind the stream, over other objects")
    twice = b"<</Length 3>>\nstream\nABC\nendstream\nendobj\n%s594 9 obj\n<<>>\nstream\nendstream" % text
    lone = objects[n].replace(b"\nendstream", b"\nendstreem")
    broken("endstream-missing", paper.update({**objects, n: lone}), "a stream does not end with endstream")
    broken("length-endstream", paper.update({**objects, n: twice}), "behind endstream and endobj another page follows in what one entry lists")
    early = b"ABC\nendstream\nendobj\n" + text
    broken("length-over-objects", paper.update({**objects, n: stream(b"", early)}), "a stream's bytes hold endstream, endobj and a page")
    indirect_length = contents.replace(length, b"/Length 619 0 R")
    broken("length-reference", paper.update({**objects, n: indirect_length}), "/Length leads to something that is no number")


def trailers(broken, paper: Paper) -> None:
    n = paper.size
    objects = disguised(paper)
    plain = honest(paper)
    root = paper.catalog_body().replace(b"/Pages 1 0 R", b"/Pages %d 0 R" % (n + 3))
    pages = b"<</Type/Pages/Count 1/Kids[594 0 R]>>"
    other = {**objects, n + 2: root, n + 3: pages, PAGE_1: other_page(paper)}
    broken("root-twice", paper.update(other, trailer_more=b"/Root %d 0 R" % (n + 2)), "/Root stands twice in the trailer, the second time with a forged catalog")
    broken("root-escaped", paper.update(other, trailer_more=b"/#52oot %d 0 R" % (n + 2)), "/#52oot, which is /Root, stands beside /Root")
    broken("encrypt", paper.update(plain, trailer_more=b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O(0)/U(0)>>"), "the trailer says that the file is encrypted")
    broken("id-changed", paper.update(plain, trailer_more=b"/ID[(one)(two)]"), "/ID stands twice in the trailer")
    twice = paper.catalog_body(catalog=b"/Pages %d 0 R" % (n + 3))
    broken("pages-twice", paper.update({**other, CATALOG: twice}), "/Pages stands twice in the catalog")
    escaped = paper.catalog_body(catalog=b"/P#61ges %d 0 R" % (n + 3))
    broken("pages-escaped", paper.update({**other, CATALOG: escaped}), "/P#61ges, which is /Pages, stands in the catalog beside /Pages")
    twice_page = paper.page_body(1, (), b"/Contents %d 0 R" % n)
    broken("contents-twice", paper.update({**objects, PAGE_1: twice_page}), "/Contents stands twice in page 1")
    escaped_page = paper.page_body(1, (), b"/C#6fntents %d 0 R" % n)
    broken("contents-escaped", paper.update({**objects, PAGE_1: escaped_page}), "/C#6fntents, which is /Contents, stands in page 1 beside /Contents")
