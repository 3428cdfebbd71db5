"""The list of cases and the folder they are written to."""

from __future__ import annotations

import json
from pathlib import Path

from authority import PARTY_A, PARTY_B, Identity
from paper import DRAFT_SHA256

HOLDS, BROKEN, UNJUDGED = "holds", "broken", "cannot be judged here"


class Cases:
    def __init__(self, folder: Path):
        self.folder = folder
        self.listed: list[dict] = []

    def anchors(self, name: str, root: Identity) -> str:
        (self.folder / name).write_bytes(root.pem())
        return name

    def add(self, name: str, pdf, right: str, what: str, *, kind: str, anchors: str = "root.pem", **more) -> None:
        """A case. `pdf` is a revision or its bytes; `kind` names the part of the file that the case is about."""
        assert all(name != each["file"] for each in self.listed), name
        data = pdf if isinstance(pdf, bytes) else pdf.pdf
        (self.folder / name).write_bytes(data)
        self.listed.append({"file": name, "anchors": anchors, "right": right, "what": what, "kind": kind, **more})

    def write(self) -> None:
        told = {
            "note": "Signed contracts, some attacked, with the right verdict: holds, broken, or cannot be judged here. Made by tests/signed/make.py.",
            "partyA": PARTY_A,
            "partyB": PARTY_B,
            "draftSha256": DRAFT_SHA256,
            "cases": sorted(self.listed, key=lambda each: (each["kind"], each["file"])),
        }
        (self.folder / "cases.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
