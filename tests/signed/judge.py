#!/usr/bin/env python3
"""Asks other programs about every case and adds their answers to cases.json. Usage: judge.py FOLDER [NAME…]

Adds `pyhanko` (both parties' signatures and all time stamps hold: true or false), `pyhankoSays` (why not), `pdfsig` (the same by poppler, digests
only), and `poppler` and `mupdf`: whether the pages look like the draft's outside the signatures' rectangles (alike, differs, unreadable). Ends with 1
where a case that should hold is refused by one of them."""

from __future__ import annotations

import io
import json
import logging
import re
import signal
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from functools import cache
from multiprocessing import Pool
from pathlib import Path

from asn1crypto import pem, x509
from paper import BOX_A, BOX_B, LAST_PAGE
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext

SECONDS = 10
HEIGHT = 841.8898
# MuPDF computes a page's colours a little differently as soon as something on it is transparent.
ROUNDING = 6
DRAWERS = {
    "poppler": ["pdftoppm", "-r", "72", "{file}", "{folder}/p"],
    "mupdf": ["mutool", "draw", "-q", "-r", "72", "-F", "ppm", "-o", "{folder}/p%d.ppm", "{file}"],
}


class TooLong(Exception):
    pass


def stop(*_):
    raise TooLong("it takes longer than the limit")


def pyhanko(pdf: bytes, roots: bytes, at: str | None) -> tuple[bool, str]:
    trusted = [x509.Certificate.load(der) for _, _, der in pem.unarmor(roots, multiple=True)]

    def context() -> ValidationContext:
        moment = datetime.fromisoformat(at) if at else datetime.now(timezone.utc)
        return ValidationContext(trust_roots=trusted, allow_fetching=False, revocation_mode="soft-fail", moment=moment, best_signature_time=moment)

    signal.alarm(SECONDS)
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        parties = reader.embedded_regular_signatures
        if len(parties) < 2:
            return False, f"{len(parties)} signatures"
        for each in parties:
            status = validate_pdf_signature(each, context(), context())
            if not status.bottom_line:
                return False, f"{each.field_name}: {status.summary()}"
        for each in reader.embedded_timestamp_signatures:
            status = validate_pdf_timestamp(each, context())
            if not (status.valid and status.trusted):
                return False, f"{each.field_name}: {status.summary()}"
        return True, ""
    except Exception as error:
        return False, f"{type(error).__name__}: {error}"[:200]
    finally:
        signal.alarm(0)


def pdfsig(file: Path) -> bool:
    try:
        found = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, timeout=SECONDS, check=False).stdout
    except subprocess.TimeoutExpired:
        return False
    # It does not verify document time stamps.
    count = found.count(b"Signature #") - found.count(b"Signature Type: unknown")
    return count >= 2 and found.count(b"Signature is Valid.") == count


def pages(drawer: str, file: Path) -> list[tuple[int, int, bytes]] | None:
    """The pictures of all pages: width, height, and three bytes for each point."""
    with tempfile.TemporaryDirectory() as folder:
        command = [part.format(file=file, folder=folder) for part in DRAWERS[drawer]]
        try:
            ended = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return None
        drawn = sorted(Path(folder).iterdir(), key=lambda each: int(re.findall(r"\d+", each.name)[-1]))
        if ended.returncode != 0 or not drawn:
            return None
        found = []
        for each in drawn:
            data = each.read_bytes()
            head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
            found.append((int(head[1]), int(head[2]), data[head.end() :]))
        return found


@cache
def draft_pages(drawer: str, folder: Path) -> list[tuple[int, int, bytes]]:
    return pages(drawer, folder / "draft.pdf")


def rectangles(pdf: bytes) -> dict[int, list[tuple[float, ...]]]:
    """The rectangles of the signatures by page, counted from 0; where the file cannot be read, the two boxes."""
    try:
        signal.alarm(SECONDS)
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        found: dict[int, list] = {}
        order = [kid.reference for kid in reader.root["/Pages"].raw_get("/Kids")] if "/Kids" in reader.root["/Pages"] else []
        for each in reader.embedded_signatures:
            for widget in (each.sig_field, *each.sig_field.get("/Kids", ())):
                widget = widget.get_object()
                on = widget.raw_get("/P").reference if "/P" in widget else None
                if on in order and "/Rect" in widget:
                    found.setdefault(order.index(on), []).append(tuple(float(value) for value in list(widget["/Rect"])[:4]))
        if found:
            return found
    except Exception:
        pass
    finally:
        signal.alarm(0)
    return {LAST_PAGE - 1: [BOX_A, BOX_B]}


def without(picture: tuple[int, int, bytes], boxes) -> bytes:
    width, height, data = picture
    data = bytearray(data)
    for x1, y1, x2, y2 in boxes:
        left, right = max(0, int(min(x1, x2)) - 2), min(width, int(max(x1, x2)) + 3)
        top, low = max(0, int(HEIGHT - max(y1, y2)) - 2), min(height, int(HEIGHT - min(y1, y2)) + 3)
        for row in range(top, low):
            start = 3 * (row * width + left)
            data[start : start + 3 * max(0, right - left)] = bytes(3 * max(0, right - left))
    return bytes(data)


def looks(drawer: str, folder: Path, file: Path, boxes) -> str:
    drawn, wanted = pages(drawer, file), draft_pages(drawer, folder)
    if drawn is None:
        return "unreadable"
    if len(drawn) != len(wanted):
        return "differs"
    for number, (one, other) in enumerate(zip(drawn, wanted)):
        if one == other:
            continue
        if one[:2] != other[:2]:
            return "differs"
        left, right = (without(each, boxes.get(number, [])) for each in (one, other))
        if left != right and any(abs(x - y) > ROUNDING for x, y in zip(left, right)):
            return "differs"
    return "alike"


def judge(job: tuple[Path, dict]) -> dict:
    folder, case = job
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, stop)
    file = folder / case["file"]
    pdf = file.read_bytes()
    held, says = pyhanko(pdf, (folder / case["anchors"]).read_bytes(), case.get("at"))
    boxes = rectangles(pdf)
    answers = {"pyhanko": held, "pdfsig": pdfsig(file), **{drawer: looks(drawer, folder, file, boxes) for drawer in DRAWERS}}
    return {**{key: value for key, value in case.items() if key != "pyhankoSays"}, **answers, **({"pyhankoSays": says} if says else {})}


def agreed(case: dict) -> bool:
    """Whether the other programs accept the case, if it should hold."""
    return case["right"] != "holds" or (case["pyhanko"] and case["pdfsig"] and case["poppler"] == case["mupdf"] == "alike")


def told_of(case: dict) -> dict:
    mark = "ok" if agreed(case) else "WRONG"
    answers = f"pyhanko {case['pyhanko']!s:5} pdfsig {case['pdfsig']!s:5} {case['poppler']:10} {case['mupdf']:10}"
    print(f"{mark:5} {case['right']:21} {case['file']:50} {answers} {case.get('pyhankoSays', '')}", flush=True)
    return case


def main(folder: Path, names: list[str]) -> int:
    told = json.loads((folder / "cases.json").read_text())
    chosen = [case for case in told["cases"] if not names or any(name in case["file"] for name in names)]
    with Pool(2) as pool:
        judged = [told_of(each) for each in pool.imap(judge, [(folder, case) for case in chosen])]
    by_file = {case["file"]: case for case in judged}
    told["cases"] = [by_file.get(case["file"], case) for case in told["cases"]]
    (folder / "cases.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    wrong = sum(not agreed(case) for case in judged)
    print(f"{len(judged)} cases, {wrong} of those that should hold are refused by another program")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
