"""Attacks that say openly what they change: pages, annotations, form fields, actions, attachments. Each stands behind both signatures and between them."""

from __future__ import annotations

from authority import House
from attacks_structure import FONT, FORGED
from by_hand import both, by_b
from cases import BROKEN, Cases
from paper import CATALOG, INFO, LAST_PAGE, METADATA, PAGES, Paper, base, page_object, plain, ring, stream
from sign import sign_a

HELV = b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
WORDS = plain(b"1 1 1 rg 0 0 300 60 re f 0 g BT /F1 14 Tf 4 20 Td (Fee: 1.00 per year) Tj ET", box=(0, 0, 300, 60), entries=HELV)
KIDS = [page_object(each) for each in range(1, 10)]


def kids(numbers) -> bytes:
    return b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(numbers), b" ".join(b"%d 0 R" % each for each in numbers))


def annotated(paper: Paper, page: int, body: bytes, look: bytes | None = WORDS) -> dict[int, bytes]:
    """A page with one annotation more; `body` are its entries, `look` what it shows."""
    n = paper.size
    objects = {page_object(page): paper.page_body(page, (*paper.annotations.get(page, ()), n)), n: b"<</Type/Annot%s>>" % body}
    if look:
        objects[n] = b"<</Type/Annot%s/AP<</N %d 0 R>>>>" % (body, n + 1)
        objects[n + 1] = look
    return objects


def pages(paper: Paper) -> dict[str, tuple[dict[int, bytes], str]]:
    n = paper.size
    forged = {n: stream(b"", FORGED), n + 1: FONT}
    helv = b"<</Font<</F1 %d 0 R>>>>" % (n + 1)
    new = {**forged, n + 2: b"<</Type/Page/Parent 1 0 R/MediaBox[0 0 595 842]/Resources%s/Contents %d 0 R>>" % (helv, n)}
    page = paper.page_body
    one = page_object(1)
    return {
        "page-added": ({**new, PAGES: kids([*KIDS, n + 2])}, "a page is added at the end"),
        "page-added-first": ({**new, PAGES: kids([n + 2, *KIDS])}, "a page is added at the beginning"),
        "page-removed": ({PAGES: kids(KIDS[1:])}, "the first page is taken out"),
        "pages-swapped": ({PAGES: kids([KIDS[1], KIDS[0], *KIDS[2:]])}, "pages 1 and 2 change places"),
        "page-repeated": ({PAGES: kids([KIDS[1], *KIDS[1:]])}, "page 2 stands in the place of page 1 too"),
        "pages-nested": ({n: kids(KIDS[:2]), PAGES: kids([n, *KIDS[3:]])}, "the tree of pages is built anew, without page 3"),
        "rotate": ({one: page(1, entries=b"/Rotate 180")}, "page 1 is turned"),
        "rotate-inherited": ({PAGES: kids(KIDS)[:-2] + b"/Rotate 90>>"}, "the tree of pages turns all pages"),
        "crop-box": ({one: page(1, entries=b"/CropBox[0 0 595 500]")}, "page 1 is cut off at the top"),
        "media-box": ({one: page(1, MediaBox=b"[0 0 595 500]")}, "page 1 is shorter"),
        "user-unit": ({one: page(1, entries=b"/UserUnit 2")}, "page 1 is twice as large"),
        "contents-array": ({**forged, one: page(1, Contents=b"[609 0 R %d 0 R]" % n)}, "page 1 has a second contents stream"),
        "contents-other": ({one: page(1, Contents=b"610 0 R", Resources=b"580 0 R")}, "page 1 shows the contents of page 2"),
        "contents-object": ({609: stream(b"", b"")}, "the contents of page 1 are empty"),
        "contents-missing": ({one: page(1).replace(b"/Contents 609 0 R", b"")}, "page 1 has no contents"),
        "resources": ({**forged, one: page(1, Resources=helv)}, "page 1 has other resources: its text cannot be drawn"),
        "resources-object": ({579: b"<</Font<<>>>>"}, "the resources of page 1 are emptied"),
        "font": ({588: b"<</Type/Font/Subtype/Type1/BaseFont/Symbol>>"}, "the text's font is another"),
        "font-widths": ({589: b"<</Type/Font/Subtype/CIDFontType0/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 0>>"}, "the font's widths are taken away"),
        "to-unicode": ({604: stream(b"", b"/CIDInit/ProcSet findresource begin")}, "what a copied text says is another than what is seen"),
        "colour-space": ({557: b"/DeviceRGB"}, "the text's colour space is another"),
        "group": ({one: page(1, entries=b"/Group<</S/Transparency/I true/K true>>")}, "page 1 becomes a transparency group"),
        "parent": ({one: page(1, Parent=b"602 0 R")}, "page 1's parent is page 9"),
        "object-null": ({one: b"null"}, "page 1 is null"),
    }


def annotations(paper: Paper) -> dict[str, tuple[dict[int, bytes], str]]:
    rect = b"/Rect[60 600 360 660]/F 4"
    widget = b"/Subtype/Widget/FT/Tx/T(More)/V(Fee: 1.00)/DA(/Helv 12 Tf 0 g)" + rect
    found = {
        kind.lower(): (annotated(paper, 1, b"/Subtype/%s%s/Contents(more)/DA(/Helv 12 Tf 0 g)" % (kind.encode(), rect)), f"an annotation ({kind}) over the text of page 1")
        for kind in ("FreeText", "Stamp", "Redact", "Square", "Watermark", "Text", "FileAttachment", "Screen")
    }
    link = b"/Subtype/Link%s/A<</S/URI/URI(https://example.org/)>>" % rect
    return {
        **found,
        "link": (annotated(paper, 1, link, None), "a link on page 1 leads elsewhere"),
        "widget": (annotated(paper, 1, widget), "a text field over the text of page 1, which the form does not know"),
        "field": ({**annotated(paper, 1, widget), CATALOG: paper.catalog_body(fields=(*paper.fields, paper.size))}, "a text field over the text of page 1"),
        "signature-page": (annotated(paper, LAST_PAGE, b"/Subtype/Stamp/Rect[70 600 300 660]/F 4"), "a stamp over party A's name on the signature page"),
        "states": (annotated(paper, 1, b"/Subtype/Stamp%s/AS/On" % rect, None) | {paper.size: b"<</Type/Annot/Subtype/Stamp%s/AS/On/AP<</N<</On %d 0 R>>>>>>" % (rect, paper.size + 1), paper.size + 1: WORDS}, "a stamp whose appearance has states"),
        "seal-gone": ({page_object(LAST_PAGE): paper.page_body(LAST_PAGE, ())}, "the seals vanish from the signature page"),
    }


def forms(paper: Paper) -> dict[str, tuple[dict[int, bytes], str]]:
    n, first = paper.size, paper.fields[0]
    value = {624: 623, 623: 622}[first]
    other = plain(b"0 0 1 rg 0 0 100 100 re f 1 g BT /F1 12 Tf 4 40 Td (VOID) Tj ET", entries=HELV)
    widget = b"<</Type/Annot/Subtype/Widget/FT/Sig/T(SigB)/F 132/P 602 0 R/Rect[345 425 459 539]%s>>"
    shown = b"/AP<</N %d 0 R>>" % n
    return {
        "first-seal-changed": ({first: widget % (b"/V %d 0 R" % value + shown), n: other}, "the seal of the first signature looks different after the second"),
        "first-seal-moved": ({first: widget.replace(b"345 425 459 539", b"70 600 184 714") % (b"/V %d 0 R" % value + shown), n: plain(ring(100), entries=b"")}, "the first seal stands over party A's name"),
        "first-seal-hidden": ({first: (widget % (b"/V %d 0 R" % value)).replace(b"/F 132", b"/F 2")}, "the first seal is hidden"),
        "first-value-gone": ({first: widget % b""}, "the first signature's field is empty"),
        "first-value-other": ({first: widget % (b"/V %d 0 R" % n), n: b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 1 2 3]/Contents<00>>>"}, "the first signature's field has another value"),
        "fields-emptied": ({CATALOG: paper.catalog_body(fields=())}, "the form has no fields"),
        "form-gone": ({CATALOG: paper.catalog_body().replace(b"/AcroForm", b"/AcroFrom")}, "the form is gone"),
        "need-appearances": ({CATALOG: paper.catalog_body(form=b"/SigFlags 3/NeedAppearances true")}, "readers are told to draw all fields anew"),
        "form-da": ({CATALOG: paper.catalog_body(form=b"/SigFlags 3/DA(/F9 40 Tf 1 0 0 rg)")}, "the form's default appearance is another, behind the last signature"),
        "xfa": ({CATALOG: paper.catalog_body(form=b"/SigFlags 3/XFA %d 0 R" % n), n: stream(b"", b"<xdp:xdp/>")}, "the form gains XFA, which shows another document"),
        "calculation": ({CATALOG: paper.catalog_body(form=b"/SigFlags 3/CO[%d 0 R]" % first)}, "the form gains an order of calculation"),
    }


def catalogs(paper: Paper) -> dict[str, tuple[dict[int, bytes], str]]:
    n = paper.size

    def entry(more: bytes, objects: dict[int, bytes] | None = None) -> dict[int, bytes]:
        return {CATALOG: paper.catalog_body(catalog=more), **(objects or {})}

    script = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
    file = {n: b"<</Type/Filespec/F(more.txt)/EF<</F %d 0 R>>/AFRelationship/Supplement>>" % (n + 1), n + 1: stream(b"/Type/EmbeddedFile", b"more")}
    group = {n: b"<</Type/OCG/Name(more)>>"}
    return {
        "open-action": (entry(b"/OpenAction" + script), "a script runs when the file is opened"),
        "names-javascript": (entry(b"/Names<</JavaScript<</Names[(a)%s]>>>>" % script), "a script stands among the names"),
        "additional-actions": (entry(b"/AA<</WP%s>>" % script), "a script runs before printing"),
        "page-action": ({page_object(1): paper.page_body(1, entries=b"/AA<</O%s>>" % script)}, "a script runs when page 1 is opened"),
        "attachment": (entry(b"/Names<</EmbeddedFiles<</Names[(a)%d 0 R]>>>>" % n, file), "a file is attached"),
        "associated-file": (entry(b"/AF[%d 0 R]" % n, file), "a file is associated with the document"),
        "collection": (entry(b"/Collection<</View/H/D(more.txt)>>/Names<</EmbeddedFiles<</Names[(a)%d 0 R]>>>>" % n, file), "the file becomes a portfolio that shows an attachment"),
        "optional-content": (entry(b"/OCProperties<</OCGs[%d 0 R]/D<</OFF[%d 0 R]>>>>" % (n, n), group), "layers appear that can be switched off"),
        "outlines": ({23: b"<</Type/Outlines/Count 0>>"}, "the outline is emptied"),
        "structure": (entry(b"").copy() | {26: b"<</Type/StructTreeRoot>>"}, "the structure that is read aloud is emptied"),
        "view": ({CATALOG: paper.catalog_body().replace(b"/Direction/L2R", b"/HideToolbar true/HideWindowUI true")}, "the reader's window hides its tools"),
        "uri-base": (entry(b"/URI<</Base(https://example.org/)>>"), "links get another base"),
        "permissions": (entry(b"/Perms<</UR3 %d 0 R>>" % n, {n: b"<</Type/Sig/Filter/Adobe.PPKLite>>"}), "usage rights appear"),
        "legal": (entry(b"/Legal<</Attestation(more)>>"), "a legal attestation appears"),
        "page-labels": (entry(b"/PageLabels<</Nums[0<</S/r>>]>>"), "pages are numbered in another way"),
        "title": ({INFO: b"<</Title(Another contract)/CreationDate(D:20261201063102+08'00)>>"}, "the title is another"),
        "creation-date": ({INFO: b"<</Title(x)/CreationDate(D:20200101000000Z)>>"}, "the date of creation is another"),
        "metadata-page": (entry(b"") | {METADATA: stream(b"/Type/XObject/Subtype/Form/BBox[0 0 1 1]", b"")}, "the metadata become a form"),
        "dss-hides-page": (entry(b"/DSS<</Certs[594 0 R]>>") | {page_object(1): stream(b"", FORGED)}, "page 1 is replaced as if it were a certificate"),
        "dss-hides-contents": (entry(b"/DSS<</Certs[609 0 R]>>") | {609: stream(b"", FORGED)}, "the contents of page 1 are replaced as if they were a certificate"),
        "dss-hides-catalog": (entry(b"/DSS<</VRI 1 0 R>>") | {PAGES: kids(KIDS[1:])}, "the tree of pages is changed as if it were part of the validation data"),
        "dss-junk": (entry(b"/DSS<</Certs[%d 0 R]/Open<</S/JavaScript/JS(1)>>>>" % n) | {n: stream(b"", b"no certificate")}, "validation data that hold a script and no certificate"),
    }


def fill(cases: Cases, house: House) -> None:
    def add(name: str, pdf, what: str, anchors: str) -> None:
        cases.add(f"change-{name}.pdf", pdf, BROKEN, what, kind="changed content", anchors=anchors)

    sandbox, one = base(), by_b(house)
    for part in (pages, annotations, forms, catalogs):
        for number, (name, (objects, what)) in enumerate(part(sandbox).items()):
            add(name, sandbox.update(objects), f"behind both signatures: {what}", "sandbox-root.pem")
            # A change that party A's signature would cure or overwrite is not one between the signatures.
            if part is forms or name in ("seal-gone", "signature-page"):
                continue
            changed = part(one)[name][0]
            if number % 3 == 0 and CATALOG not in changed:
                between = sign_a(one.update(changed), house.a)
                add(f"{name}-between", between, f"between the signatures: {what}", "root.pem")
    with_signature(add, one, house)
    evil_last(add, both(house))


def with_signature(add, one: Paper, house: House) -> None:
    """Changes in the very update that carries party A's signature."""
    n = one.size

    def signed(name: str, what: str, **how) -> None:
        add(f"with-signature-{name}", sign_a(one, house.a, **how), f"with party A's signature: {what}", "root.pem")

    more = {page_object(1): one.page_body(1, (n + 3,)), n + 3: b"<</Type/Annot/Subtype/Stamp/Rect[60 600 360 660]/F 4/AP<</N %d 0 R>>>>" % (n + 4), n + 4: WORDS}
    signed("stamp", "a stamp over the text of page 1", objects=more)
    signed("stamp-page-9", "a second annotation over the names", objects={n + 3: b"<</Type/Annot/Subtype/Stamp/Rect[60 600 360 660]/F 4/AP<</N %d 0 R>>>>" % (n + 4), n + 4: WORDS, page_object(LAST_PAGE): one.page_body(LAST_PAGE, (623, n + 1, n + 3))})
    signed("script", "a script runs when the file is opened", catalog=b"/OpenAction<</S/JavaScript/JS(1)>>")
    signed("action", "party A's seal runs a script", widget=b"/A<</S/JavaScript/JS(1)>>")
    signed("additional-action", "party A's seal runs a script when the pointer is over it", widget=b"/AA<</E<</S/JavaScript/JS(1)>>>>")
    signed("rotate", "the signature page is turned", page_entries=b"/Rotate 180")
    signed("contents", "the signature page has other contents", objects={617: stream(b"", b"")})
    signed("need-appearances", "readers are told to draw all fields anew", form=b"/SigFlags 3/NeedAppearances true")
    signed("first-seal", "party B's seal looks different", objects={624: plain(b"0 0 1 rg 0 0 100 100 re f")})
    signed("first-rectangle", "party B's seal stands over the names", objects={623: b"<</Type/Annot/Subtype/Widget/FT/Sig/T(SigB)/F 132/P 602 0 R/Rect[70 600 184 714]/V 622 0 R/AP<</N 624 0 R>>>>"})
    signed("page-removed", "page 1 is taken out", objects={PAGES: kids(KIDS[1:])})
    signed("attachment", "a file is attached", catalog=b"/Names<</EmbeddedFiles<</Names[(a)%d 0 R]>>>>" % (n + 3), objects={n + 3: b"<</Type/Filespec/F(a.txt)/EF<</F %d 0 R>>>>" % (n + 4), n + 4: stream(b"/Type/EmbeddedFile", b"a")})


def evil_last(add, whole: Paper) -> None:
    """Attacks on shadows: something hidden in the signed revisions becomes visible later."""
    n = whole.size
    hidden = {n: b"<</OCGs[%d 0 R]/D<</Order[]>>>>" % (n + 1), n + 1: b"<</Type/OCG/Name(a)>>", CATALOG: whole.catalog_body(catalog=b"/OCProperties %d 0 R" % n)}
    add("layers-behind", whole.update(hidden), "layers appear behind both signatures", "root.pem")
    appended = whole.update({617: stream(b"", b"BT ET")})
    add("signature-page-emptied", appended, "the signature page's contents are emptied behind both signatures", "root.pem")
    third = {n: b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Third)/F 4/P 594 0 R/Rect[60 600 360 660]/AP<</N %d 0 R>>>>" % (n + 1), n + 1: WORDS, page_object(1): whole.page_body(1, (n,)), CATALOG: whole.catalog_body(fields=(*whole.fields, n))}
    add("empty-field-covers", whole.update(third), "an empty signature field with words covers the text of page 1", "root.pem")
