"""Attacks by what a seal shows and where. All signatures are right; party A's seal hides or says something."""

from __future__ import annotations

from authority import House
from attacks_content import HELV
from by_hand import by_b
from cases import BROKEN, HOLDS, UNJUDGED, Cases
from paper import BOX_A, BOX_B, MULTIPLY, Paper, blank, plain, ring, seal, stream
from sign import sign, sign_a, sign_b


def words(text: bytes, *, box=(0, 0, 200, 60), background: bytes = b"1 1 1 rg") -> bytes:
    w, h = box[2], box[3]
    operators = b"%s 0 0 %g %g re f 0 g BT /F1 9 Tf 4 %g Td (%s) Tj ET" % (background, w, h, h / 2, text)
    return plain(operators, box=box, entries=HELV)


def fill(cases: Cases, house: House) -> None:
    one = by_b(house)

    def add(name: str, pdf: Paper, right: str, what: str) -> None:
        # Where readers may as well draw nothing, the seal may be called invisible, which is the third verdict.
        unseen = name.startswith(("matrix-", "bbox-inverted", "bbox-empty", "bbox-missing", "rectangle-five", "layer"))
        cases.add(f"seal-{name}.pdf", pdf, right, what, kind="seals", **({"also": UNJUDGED} if unseen else {}))

    def second(name: str, what: str, right: str = BROKEN, **how) -> None:
        add(name, sign_a(one, house.a, **how), right, what)

    for page in range(1, 9):
        box = (80, 620 - 20 * page, 280, 680 - 20 * page)
        second(f"words-page-{page}", f"an opaque seal with other words over the text of page {page}", page=page, box=box, look=words(b"Fee: 1.00 per year"))
    second("white-page-2", "a white rectangle over the text of page 2", page=2, box=(70, 500, 270, 600), look=plain(b"1 1 1 rg 0 0 100 100 re f"))
    second("white-page-9", "a white rectangle over the names on the signature page", box=(70, 590, 269, 690), look=plain(b"1 1 1 rg 0 0 100 100 re f"))
    second("words-page-9", "other words over party B's name on the signature page", box=(312, 640, 500, 670), look=words(b"Another Company Ltd.", box=(0, 0, 188, 30)))
    second("over-other", "party A's opaque seal covers party B's", box=BOX_B, look=plain(b"1 1 1 rg 0 0 100 100 re f"))
    second("over-half-of-other", "party A's opaque seal covers half of party B's", box=(300, 425, 402, 540), look=plain(b"1 1 1 rg 0 0 100 100 re f"))
    second("over-other-exactly", "party A's seal stands exactly where party B's stands, and hides it", box=BOX_B, look=words(b"VOID", box=(0, 0, 114, 114)))
    second("larger", "a seal of 250 points over names and boxes", box=(60, 380, 310, 630), look=plain(b"0.8 0.1 0.1 rg 0 0 100 100 re f"))
    second("page-large", "a seal as large as the page, white", box=(0, 0, 595, 841), look=plain(b"1 1 1 rg 0 0 100 100 re f"))
    second("page-large-page-1", "a seal as large as page 1, with other words", page=1, box=(0, 0, 595, 841), look=words(b"Another contract", box=(0, 0, 595, 841)))
    first = sign_b(blank(), house.b, page=3, box=(100, 400, 300, 600), look=words(b"Fee: 1.00 per year", box=(0, 0, 200, 200)))
    add("first-words-page-3", sign_a(first, house.a), BROKEN, "party B's seal, the first, hides text of page 3 behind other words")
    shapes(second)
    third(add, one, house)
    allowed(add, second, house)


def shapes(second) -> None:
    """Appearances that readers place differently, or that reach out of their rectangle."""
    wide = plain(b"1 1 1 rg -1000 -1000 3000 3000 re f 0 g BT /F1 40 Tf -100 200 Td (VOID) Tj ET", box=(-1000, -1000, 2000, 2000), entries=HELV)
    second("bbox-inverted", "the appearance's box is upside down and larger than the page, its words lie outside the rectangle", look=wide.replace(b"/BBox[-1000 -1000 2000 2000]", b"/BBox[2000 2000 -1000 -1000]"), box=(70, 590, 260, 690))
    for name, matrix, told in (
        ("singular", b"[0 0 0 0 0 0]", "of zeros"),
        ("flat", b"[1 0 0 0 0 0]", "that leaves no height"),
        ("five-numbers", b"[1 0 0 1 0]", "of five numbers"),
        ("huge", b"[1e30 0 0 1e30 0 0]", "of huge numbers"),
    ):
        look = stream(b"/Type/XObject/Subtype/Form/BBox[0 0 100 100]/Matrix%s%s" % (matrix, MULTIPLY), ring(100) + b" 1 g -500 -500 2000 2000 re f")
        second(f"matrix-{name}", f"the appearance has a /Matrix {told}, which readers treat differently, and draws far outside its box", look=look)
    without = stream(b"/Type/XObject/Subtype/Form", b"1 g 0 0 600 900 re f")
    second("bbox-missing", "the appearance has no /BBox and fills the page with white", look=without)
    empty = stream(b"/Type/XObject/Subtype/Form/BBox[0 0 0 0]", b"1 g -600 -900 1200 1800 re f")
    second("bbox-empty", "the appearance has an empty /BBox and fills the page with white", look=empty)
    second("rectangle-five", "the rectangle has five numbers", widget=b"/Rect2[0]", box=(*BOX_A, 7))
    second("rectangle-twice", "the widget has two rectangles, the second one over the names", widget=b"/Rect[70 590 260 690]", look=plain(b"1 g 0 0 100 100 re f"))
    second("rectangle-escaped", "the widget has /#52ect beside /Rect, over the names", widget=b"/#52ect[70 590 260 690]", look=plain(b"1 g 0 0 100 100 re f"))
    second("kids", "the field has a second widget with words over the text of page 1", widget=b"/Kids[628 0 R]", objects={628: b"<</Type/Annot/Subtype/Widget/Rect[60 600 360 660]/F 4/P 594 0 R/AP<</N 627 0 R>>>>"})
    second("rollover", "the seal shows other words while the pointer is over it", appearance=b"/AP<</N 627 0 R/R 628 0 R/D 628 0 R>>", objects={628: words(b"VOID", box=(0, 0, 100, 100))})
    second("states", "the seal's appearance has states, one of them with other words", appearance=b"/AS/On/AP<</N<</On 627 0 R/Off 628 0 R>>>>", objects={628: words(b"VOID", box=(0, 0, 100, 100))})
    second("layer", "the seal belongs to a layer that can be switched off", widget=b"/OC 628 0 R", objects={628: b"<</Type/OCG/Name(a)>>"}, catalog=b"/OCProperties<</OCGs[628 0 R]/D<</OFF[628 0 R]>>>>")
    second("no-zoom", "the seal keeps its size and its way up when the page is zoomed and turned, so that it covers more", flags=b"/F 156", box=(70, 600, 269, 690), look=plain(b"1 g 0 0 100 100 re f"))


def third(add, one: Paper, house: House) -> None:
    """Places."""
    look = words(b"Fee: 1.00 per year")
    aside = sign(one, house.a, name=b"SigA", box=(-50, 600, 149, 660), time=None, stated=b"/M(D:20261130233000Z)", look=look)
    add("beyond-page", aside, BROKEN, "party A's opaque seal stands half beyond the page's edge and over party A's name")
    thin = sign_a(one, house.a, box=(70, 650, 269, 655), look=plain(b"1 g 0 0 100 100 re f"), page=1)
    add("strip", thin, BROKEN, "a white strip of five points strikes a line of page 1 out")
    small = sign_a(one, house.a, box=(380, 792, 524, 802), look=plain(b"1 g 0 0 100 100 re f"))
    add("number-hidden", small, BROKEN, "a white rectangle hides the contract's number on the signature page")


def allowed(add, second, house: House) -> None:
    """What is no attack."""
    second("solid", "a seal that is a filled square, inside its box", HOLDS, look=plain(b"0.8 0.1 0.1 rg 0 0 100 100 re f"))
    second("exact-57", "a seal of exactly 57 points", HOLDS, box=(130, 454, 187, 511), look=seal(57))
    second("rectangle-corners", "the rectangle's corners stand in another order", HOLDS, box=(187, 511, 130, 454))
    second("larger-box", "the appearance's box is larger than the rectangle and is made smaller to fit", HOLDS, look=seal(600))
    second("print-only", "the seal is flagged to be printed, locked, and its contents locked", HOLDS, flags=b"/F 644")
    second("page-1-margin", "party A's seal stands in the margin of page 1, where it hides nothing", UNJUDGED, page=1, box=(5, 10, 62, 67))
    both_away = sign_a(sign_b(blank(), house.b, page=8, box=(5, 10, 62, 67)), house.a, page=8, box=(530, 10, 587, 67))
    add("both-page-8", both_away, UNJUDGED, "both seals stand in the margins of page 8, where they hide nothing")
