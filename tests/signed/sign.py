"""A signature with its seal, written byte by byte."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from dataclasses import replace

from authority import Identity
from container import container, time_stamp
from paper import BOX_A, BOX_B, CATALOG, LAST_PAGE, SIGNED_A, SIGNED_B, Paper, numbers, page_object, pdf_date, seal

ROOM = 16384


def sign(
    paper: Paper,
    who: Identity,
    *,
    name: bytes,
    box,
    page: int = LAST_PAGE,
    time: dt.datetime | None = None,
    stated: bytes | None = None,
    look: bytes | None = None,
    flags: bytes = b"/F 132",
    subfilter: bytes = b"ETSI.CAdES.detached",
    make: Callable[[bytes], bytes] | None = None,
    widget: bytes = b"",
    dictionary: bytes = b"",
    objects: dict[int, bytes] | None = None,
    more: Callable[[int], dict[int, bytes]] | None = None,
    appearance: bytes | None = None,
    catalog: bytes | None = None,
    form: bytes | None = None,
    page_entries: bytes = b"",
    on_page: bool = True,
    ranges: Callable[[int, int, int], bytes] | None = None,
    covered: Callable[[bytes, int, int], bytes] | None = None,
    hexed: Callable[[bytes], bytes] | None = None,
    filled: tuple[int, bytes] | None = None,
    room: int = ROOM,
    trailer_more: bytes = b"",
    **how,
) -> Paper:
    """`paper` with a signature of `who`. `more` makes further objects when told the first free number; `filled` names an empty field to fill."""
    value, form_object = paper.size, paper.size + 2
    number = filled[0] if filled else paper.size + 1
    extra = dict(objects or {})
    extra.update(more(paper.size + 3) if more else {})
    stated = b"/M" + pdf_date(time) if stated is None and time else stated or b""
    gap = b"<" + b"0" * room + b">"
    slot = b"/ByteRange[0 ########## ########## ##########]"
    fields = paper.fields if filled else (*paper.fields, number)
    listed = paper.annotations.get(page, ())
    listed = (*listed, number) if on_page and not filled else listed
    on = b"/P %d 0 R" % page_object(page) if on_page else b""
    shown = b"/AP<</N %d 0 R>>" % form_object if appearance is None else appearance
    body = b"<</Type/Annot/Subtype/Widget/FT/Sig/T(%s)%s%s/Rect%s/V %d 0 R%s%s>>" % (name, flags, on, numbers(box), value, shown, widget)
    changes = {"fields": fields, "catalog": paper.catalog if catalog is None else catalog, "form": paper.form if form is None else form}
    written = {
        CATALOG: paper.catalog_body(**changes),
        value: b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/%s%s/Contents%s%s%s>>" % (subfilter, slot, gap, stated, dictionary),
        number: body,
        form_object: seal() if look is None else look,
    }
    if on_page and not filled:
        written[page_object(page)] = paper.page_body(page, listed, page_entries)
    written.update(extra)
    signed = paper.update(written, trailer_more=trailer_more, **how)
    pdf = bytearray(signed.pdf)
    start = pdf.rindex(gap)
    finish = start + len(gap)
    at = pdf.rindex(slot)
    told = ranges(start, finish, len(pdf)) if ranges else b"0 %010d %010d %010d" % (start, finish, len(pdf) - finish)
    assert len(told) <= len(slot) - 12, "the range has no room"
    pdf[at : at + len(slot)] = (b"/ByteRange[%s" % told).ljust(len(slot) - 1) + b"]"
    data = covered(bytes(pdf), start, finish) if covered else bytes(pdf[:start] + pdf[finish:])
    made = (make or functools.partial(container, who))(data)
    text = hexed(made) if hexed else made.hex().encode()
    assert len(text) <= room, "the container has no room"
    pdf[start + 1 : finish - 1] = text.ljust(room, b"0")
    annotations = {**paper.annotations, page: listed}
    return replace(signed, pdf=bytes(pdf), annotations=annotations, hole=(start, finish), **changes)


def sign_b(paper: Paper, who: Identity, **how) -> Paper:
    return sign(paper, who, **{"name": b"SigB", "box": BOX_B, "time": SIGNED_B, **how})


def sign_a(paper: Paper, who: Identity, **how) -> Paper:
    return sign(paper, who, **{"name": b"SigA", "box": BOX_A, "time": SIGNED_A, **how})


def stamped(tsa: Identity, time: dt.datetime, **how) -> Callable[[bytes], bytes]:
    return lambda signature: time_stamp(tsa, signature, time, **how)
