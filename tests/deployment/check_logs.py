"""What the deployed functions logged while the tests ran: JSON, one line for each event, nothing of a person."""

import json
import re

# Names and addresses of the tests are Chinese; numbers, mail addresses and tokens have their shapes.
PERSONAL = [
    ("a name or an address", re.compile("[一-鿿]")),
    ("a document number", re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9X](?![0-9A-Za-z])|91330100MA\w{8}")),
    ("a mobile number", re.compile(r"(?<![0-9A-Za-z.-])1[3-9]\d{9}(?![0-9A-Za-z])")),
    ("a mail address", re.compile(r"[\w.-]+@[\w-]+\.\w+")),
    ("a token", re.compile(r"eyJ[\w-]{10,}")),
    ("somebody's address", re.compile(r'"(sourceIp|userAgent|ip)"')),
]
# What the platform itself writes about an invocation.
PLATFORM = re.compile(r"^(START|END|REPORT|INIT_START|EXTENSION|XRAY) ")
# Of these no event names a contract: they run by the clock, are about customers and no contract, or serve pages.
WITHOUT_CONTRACT = {"watch-contracts", "check-eligibility", "console"}
WITH_METRICS = {"watch-contracts": "OldestDueSeconds", "settle-signing": "ContractsSigned"}


def complaints(lines):
    """What is wrong with the lines of each function, by its name."""
    for name, said in sorted(lines.items()):
        events, contracts, figures = 0, 0, set()
        for line in said:
            if PLATFORM.match(line) or not line.strip():
                continue
            try:
                read = json.loads(line)
            except ValueError:
                yield f"{name} logged what is not JSON: {line[:200]}"
                continue
            # The figures of the embedded metric format hold a time in milliseconds, which has the shape of no number of a person.
            for what, shape in PERSONAL:
                if shape.search(line):
                    yield f"{name} logged {what}: {line[:300]}"
            if "_aws" in read:
                figures |= set(read) - {"_aws"}
            if read.get("target") == "event":
                events += 1
                contracts += bool(read["contract"])
                missing = [key for key in ("function", "requestId", "outcome", "ms") if read.get(key, "") == ""]
                if missing or not read["function"].endswith(name):
                    yield f"{name}: an event's line has no {missing}: {line[:300]}"
        if not events:
            yield f"{name} logged no event"
        elif not contracts and name not in WITHOUT_CONTRACT:
            yield f"{name}: none of {events} lines names its contract"
        if name in WITH_METRICS and WITH_METRICS[name] not in figures:
            yield f"{name} gave no figure {WITH_METRICS[name]}, only {sorted(figures)}"
