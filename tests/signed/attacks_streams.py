"""Attacks by object streams that different programs read differently. All of them carry a forged page 1."""

from __future__ import annotations

from authority import House
from attacks_structure import PAGE_1, disguised, other_page
from by_hand import by_b
from cases import BROKEN, Cases
from paper import Paper, base, stream
from sign import sign_a


def holder(bodies: list[tuple[int, bytes]], *, count: int | None = None, first: int | None = None, places=None, pad: bytes = b"", more: bytes = b"") -> bytes:
    """An object stream with `bodies`; the other arguments make it lie."""
    pairs, data = b"", b""
    for at, (number, body) in enumerate(bodies):
        pairs += b"%d %d " % (number, places[at] if places else len(data))
        data += body + b"\n"
    pairs += pad
    entries = b"/Type/ObjStm/N %d/First %d%s" % (len(bodies) if count is None else count, len(pairs) if first is None else first, more)
    return stream(entries, pairs + data)


def fill(cases: Cases, house: House) -> None:
    paper = base()
    n = paper.size
    forged, true = other_page(paper), paper.page_body(1)
    place = n + 2

    def update(on: Paper, body: bytes, rows: dict, more: dict[int, bytes] | None = None) -> Paper:
        objects = {**disguised(on), on.size + 2: body, **(more or {})}
        return on.update(objects, style="stream", rows_of=lambda found: {**found, **rows})

    def broken(name: str, body: bytes, what: str, *, index: int = 0, rows: dict | None = None, more=None) -> None:
        rows = {PAGE_1: (2, place, index)} if rows is None else rows
        cases.add(f"objstm-{name}.pdf", update(paper, body, rows, more), BROKEN, what, kind="object streams", anchors="sandbox-root.pem")

    both = [(PAGE_1, forged), (PAGE_1, true)]
    broken("twice", holder(both), "page 1 stands twice in an object stream, the forged one first")
    broken("twice-forged-last", holder(both[::-1]), "page 1 stands twice in an object stream, the forged one last")
    broken("twice-index", holder(both[::-1]), "page 1 stands twice, and the entry's index names the second", index=1)
    broken("twice-count-1", holder(both, count=1), "page 1 stands twice, and /N says 1")
    broken("count-too-small", holder([(n + 9, true), (PAGE_1, forged)], count=1), "/N is smaller than the count of pairs", index=1)
    broken("count-too-large", holder([(PAGE_1, forged)], count=2), "/N is larger than the count of pairs")
    broken("count-zero", holder([(PAGE_1, forged)], count=0), "/N is 0")
    broken("count-negative", holder([(PAGE_1, forged)], count=-1), "/N is negative")
    broken("gap", holder([(PAGE_1, forged)], pad=b"% 594 300 "), "between the pairs and /First stands a comment with another pair")
    broken("gap-pair", holder([(PAGE_1, true)], pad=b"594 400 ", first=None), "between the pairs and /First stands another pair that /N does not count")
    broken("first-too-small", holder([(PAGE_1, forged)], first=2), "/First lies inside the pairs")
    broken("first-too-large", holder([(PAGE_1, true + b" " * 20 + forged)], first=6 + len(true) + 20), "/First skips the true page")
    broken("first-beyond", holder([(PAGE_1, forged)], first=10**6), "/First lies behind the stream")
    filler = (n + 9, b"<</Filler true>>")
    broken("index", holder([filler, (PAGE_1, forged)]), "the entry's index names another object of the stream")
    broken("index-beyond", holder([(PAGE_1, forged)]), "the entry's index lies behind the last object", index=9)
    broken("not-listed", holder([(PAGE_1, forged)]), "the object stream holds page 1, but no section says so", rows={})
    extra = holder([filler, (PAGE_1, forged)])
    broken("not-listed-beside", extra, "beside a listed object the stream holds page 1, which no section lists there", rows={n + 9: (2, place, 0)})
    other = {n + 3: holder([(PAGE_1, true)])}
    broken("container", holder([(PAGE_1, forged)]), "the entry names another object stream than the last that holds page 1", rows={PAGE_1: (2, n + 3, 0)}, more=other)
    broken("container-none", holder([(PAGE_1, forged)]), "the entry names an object that is no object stream", rows={PAGE_1: (2, n, 0)})
    broken("container-itself", holder([(PAGE_1, forged), (place, b"<<>>")]), "the object stream is said to stand in itself", rows={PAGE_1: (2, place, 0), place: (2, place, 1)})
    broken("container-missing", holder([(PAGE_1, forged)]), "the entry names an object stream that does not exist", rows={PAGE_1: (2, 5000, 0)})
    chain = {n + 3: holder([(PAGE_1, forged)])}
    broken("extends", holder([filler], more=b"/Extends %d 0 R" % (n + 3)), "page 1 stands in the stream that another extends", rows={n + 9: (2, place, 0)}, more=chain)
    broken("extends-itself", holder([(PAGE_1, forged)], more=b"/Extends %d 0 R" % place), "an object stream extends itself")
    long = [(n + 9, true), (PAGE_1, forged)]
    broken("offsets-swapped", holder(long, places=[len(true) + 1, 0]), "the pairs' offsets are not in order", index=1)
    broken("offsets-overlap", holder(long, places=[0, 0]), "two pairs have the same offset", index=1)
    broken("offset-beyond", holder([(PAGE_1, forged)], places=[10**6]), "a pair's offset lies behind the stream")
    broken("offset-negative", holder([(PAGE_1, forged)], places=[-1]), "a pair's offset is negative")
    broken("offset-inside", holder([(PAGE_1, b"(" + true + b")" + forged)], places=[len(true) + 2]), "a pair's offset skips what stands before the object")
    broken("two-objects", holder([(PAGE_1, true + b" " + forged)]), "behind the true page another one stands in the same place")
    broken("number-wraps", holder([(PAGE_1 + 2**32, forged)]), "a pair's number is larger by 2^32")
    broken("holds-object", holder([(PAGE_1, b"594 0 obj " + forged + b" endobj")]), "an object stream holds an object with its head")
    broken("type-missing", holder([(PAGE_1, forged)]).replace(b"/Type/ObjStm", b""), "the object stream does not say that it is one")
    broken("count-twice", holder([(PAGE_1, forged)], more=b"/N 2"), "/N stands twice")
    bomb = stream(b"/Type/ObjStm/N 1/First 6", b"594 0 " + forged + b" " * 60_000_000, packed=True)
    broken("bomb", bomb, "an object stream of 60 MB when unpacked, with a forged page 1")
    one = by_b(house)
    body = holder([(PAGE_1, other_page(one)), (PAGE_1, one.page_body(1))])
    between = update(one, body, {PAGE_1: (2, one.size + 2, 0)})
    cases.add("objstm-twice-between.pdf", sign_a(between, house.a), BROKEN, "between the signatures an object stream holds page 1 twice", kind="object streams")
