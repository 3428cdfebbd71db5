"""Genuine files written byte by byte: forms that signers may choose and that the other programs here do not."""

from __future__ import annotations

import datetime as dt
import functools

from authority import House
from cases import HOLDS, Cases
from container import container
from paper import SIGNED_A, SIGNED_B, Paper, base, blank, picture_seal
from sign import sign_a, sign_b, stamped


@functools.cache
def by_b(house: House) -> Paper:
    """The draft with party B's signature."""
    return sign_b(blank(), house.b)


@functools.cache
def both(house: House) -> Paper:
    """The draft with both signatures."""
    return sign_a(by_b(house), house.a)


def fill(cases: Cases, house: House) -> None:
    def holds(name: str, pdf, what: str, **more) -> None:
        cases.add(f"hand-{name}.pdf", pdf, HOLDS, what, kind="genuine", **more)

    holds("good", both(house), "two signatures, seals that darken what is beneath them")
    holds("a-first", sign_b(sign_a(blank(), house.a, time=SIGNED_B), house.b, time=SIGNED_A), "party A signs first")
    cases.add("sandbox.pdf", base(), HOLDS, "as signed by the sandbox", kind="genuine", anchors="sandbox-root.pem")
    minute = dt.timedelta(minutes=1)
    token = stamped(house.tsa, SIGNED_B + minute), stamped(house.tsa, SIGNED_A + minute)
    one = sign_b(blank(), house.b, make=functools.partial(container, house.b, token=token[0]))
    holds("time-stamps", sign_a(one, house.a, make=functools.partial(container, house.a, token=token[1])), "a time stamp in each container")
    look, pictures = picture_seal(625)
    one = sign_b(blank(), house.b, look=look, objects=pictures)
    holds("picture-seal", sign_a(one, house.a), "party B's seal is a picture with transparency")
    one = sign_b(blank(), house.b, style="stream")
    holds("xref-streams", sign_a(one, house.a, style="stream"), "cross-reference streams in both updates")
