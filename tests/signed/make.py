#!/usr/bin/env python3
"""Makes signed contracts, genuine and attacked, with the right verdict of each. Usage: make.py FOLDER"""

import shutil
import sys
import tempfile
from pathlib import Path

import attacks_certificates
import attacks_container
import attacks_content
import attacks_others
import attacks_seals
import attacks_streams
import attacks_structure
import by_hand
import by_java
import by_pyhanko
from authority import House
from cases import Cases
from paper import HERE, draft

PARTS = [by_hand, by_pyhanko, attacks_structure, attacks_streams, attacks_content, attacks_container, attacks_certificates, attacks_seals]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("*.pdf"), *folder.glob("*.pem"), *folder.glob("*.json")]:
        old.unlink()
    house = House()
    cases = Cases(folder)
    cases.anchors("root.pem", house.root)
    shutil.copy(HERE / "sandbox-root.pem", folder)
    (folder / "draft.pdf").write_bytes(draft())
    with tempfile.TemporaryDirectory() as work:
        java = by_java.begin(house, Path(work))
        for part in PARTS:
            part.fill(cases, house)
        java.finish(cases)
        attacks_others.fill(cases, house)
    cases.write()
    print(f"{len(cases.listed)} cases in {folder}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
