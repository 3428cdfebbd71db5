"""Deploys the template on the emulator and runs the acceptance tests against it: `cargo xtask deploy-local`.

Usage: deploy.py BINARIES, where BINARIES is the folder with the functions' programs and `countersign`.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

import check_logs
from emulator import STACK, Emulator, create_routes, deploy, without_tls, upload
from template import ROOT, of_kind, short_name, transformed

TARGET = ROOT / "target" / "deployed"
# Tests that set faults, clocks or timers of their own, or look behind the API. They need a stack in their own process.
OWN_STACK = (ROOT / "tests/deployment/own_stack.txt").read_text(encoding="utf-8").split()
GROUPS = ["acceptance::", "documents::"]


def say(text):
    print(f"-- {text}", flush=True)


class Beside:
    """Log-in, mail and the sandbox, and the address that leads to the deployed API."""

    def __init__(self, binaries):
        self.program = binaries / "countersign"

    def __enter__(self):
        self.process = subprocess.Popen(
            [str(self.program), "beside", "--look-schedule", "10,10"], stdout=subprocess.PIPE, text=True)
        told = json.loads(self.process.stdout.readline())
        self.url, self.sandbox, self.parameters = told["url"], told["sandbox"], told["parameters"]
        return self

    def lead_to(self, url, host):
        request = urllib.request.Request(
            f"{self.url}/dev/deployed", json.dumps({"url": url, "host": host}).encode(), method="PUT")
        urllib.request.urlopen(request, timeout=10).close()

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)


def every_function_names_what_it_misses(binaries, template):
    """Without settings, no function starts, and each says in one sentence what it needs: what the template gives it."""
    optional = {"TRUST_ANCHORS", "ALLOW_UNKNOWN_CA", "ACCENT", "LOGIN_ORIGINS", "DOCUMENT_ORIGINS", "LOG_LEVEL", "SECRETS_VERSION"}
    for function in of_kind(template, "AWS::Lambda::Function").values():
        name = short_name(function)
        ended = subprocess.run([str(binaries / name)], env={"AWS_REGION": "us-east-1"}, capture_output=True, text=True,
                               timeout=30, check=False)
        lines = [json.loads(line) for line in ended.stdout.splitlines()]
        said = [line["message"] for line in lines if line["level"] == "ERROR"]
        if ended.returncode == 0 or len(said) != 1:
            raise SystemExit(f"{name} without settings: ended with {ended.returncode}, said {said}")
        named = set(re.findall(r"[A-Z][A-Z_]+[A-Z]", said[0].split(";")[0]))
        given = set(function["Environment"]["Variables"])
        if not given - optional <= named <= given:
            raise SystemExit(f"{name} names {sorted(named)} and gets {sorted(given)}")


def bad_parameters_are_refused(emulator, parameters):
    """A value that is missing or malformed ends the deployment before anything is created, with a sentence about it."""
    for name, bad in [("EsignAppSecret", ""), ("TokenIssuer", "login.example.com"), ("PartyB", "")]:
        try:
            deploy(emulator, {**parameters, name: bad}, f"{STACK}-refused")
        except Exception as refused:  # noqa: BLE001, whatever it is, it must name the parameter
            if name not in str(refused):
                raise SystemExit(f"{name}={bad!r} was refused without naming it: {refused}") from refused
            continue
        raise SystemExit(f"{name}={bad!r} was taken")


def run_tests(beside, arguments):
    """The acceptance tests against the deployed stack; gives whether they passed and what they said."""
    environment = {**os.environ, "COUNTERSIGN_URL": beside.url, "COUNTERSIGN_SANDBOX": beside.sandbox}
    command = ["cargo", "test", "--workspace", "--locked", "--quiet", "--test", "it", "--", "--test-threads=4", *arguments]
    ended = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, check=False, timeout=1500)
    return ended.returncode == 0, ended.stdout


def those_left_out_cannot_run(beside):
    """The tests that are left out say so themselves, each of them."""
    _, said = run_tests(beside, ["--exact", *OWN_STACK])
    refused = said.count("this test needs a stack of its own")
    if refused != len(OWN_STACK):
        raise SystemExit(f"{len(OWN_STACK)} tests are left out, and only {refused} of them have to be:\n{said[-3000:]}")
    say(f"{refused} tests need a stack of their own and are left out: {', '.join(OWN_STACK)}")


def pages_are_shown(beside):
    """The console is there, and names the issuer that it was deployed with."""
    with urllib.request.urlopen(f"{beside.url}/", timeout=30) as page:
        if "text/html" not in page.headers["content-type"]:
            raise SystemExit(f"the first page is {page.headers['content-type']}")
    with urllib.request.urlopen(f"{beside.url}/config.json", timeout=30) as config:
        if json.load(config)["issuer"] != beside.parameters["TokenIssuer"]:
            raise SystemExit("the console leads to another issuer")


def peaks(processes):
    """The largest memory that each function's program has needed, in MiB."""
    found = {}
    for folder in pathlib.Path("/proc").iterdir():
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            if f"AWS_LAMBDA_RUNTIME_API".encode() not in b" ".join(environment):
                continue
            values = dict(pair.split(b"=", 1) for pair in environment if b"=" in pair)
            if values.get(b"AWS_ENDPOINT_URL", b"").decode() != processes:
                continue
            name = values[b"AWS_LAMBDA_FUNCTION_NAME"].decode().removeprefix(f"{STACK}-")
            peak = re.search(r"VmHWM:\s+(\d+)", (folder / "status").read_text())
            found[name] = max(found.get(name, 0), int(peak.group(1)) // 1024)
        except (OSError, ValueError, KeyError, AttributeError):
            continue
    return found


def logged(emulator, template):
    """The lines of each function's log group."""
    logs, found = emulator.client("logs"), {}
    for function in of_kind(template, "AWS::Lambda::Function").values():
        name = short_name(function)
        found[name], token = [], {}
        while True:
            page = logs.filter_log_events(logGroupName=f"/aws/lambda/{STACK}-{name}", **token)
            found[name] += [line for event in page["events"] for line in event["message"].splitlines()]
            # The emulator gives a token at the end, too.
            if not page["events"] or "nextToken" not in page or token.get("nextToken") == page["nextToken"]:
                break
            token = {"nextToken": page["nextToken"]}
    return found


def the_timer_has_run(emulator, template):
    """What the functions logged, once the schedule has called its function: the tests can be over within its first minute."""
    until = time.monotonic() + 150
    while True:
        lines = logged(emulator, template)
        if any(line.startswith("END ") for line in lines["watch-contracts"]):
            return lines
        if time.monotonic() > until:
            raise SystemExit("the schedule has not called watch-contracts within two of its rounds")
        time.sleep(2)


def main():
    binaries = pathlib.Path(sys.argv[1])
    began = time.monotonic()
    template = transformed()
    every_function_names_what_it_misses(binaries, template)
    say("every function names at once what it misses")
    with Beside(binaries) as beside, Emulator(TARGET / "emulator.log") as emulator:
        sizes = upload(emulator, template, binaries)
        say(f"zips uploaded: {', '.join(f'{name} {size / 2**20:.1f} MB' for name, size in sorted(sizes.items()))}")
        bad_parameters_are_refused(emulator, beside.parameters)
        say("missing and malformed parameters end the deployment, each with a sentence")
        resources = deploy(emulator, beside.parameters)
        say(f"deployed: {len(resources)} resources, {time.monotonic() - began:.0f} s after the start")
        without_tls(emulator, resources)
        api = create_routes(emulator, template, resources, beside.parameters)
        beside.lead_to(emulator.url, f"{api}.execute-api.localhost:{emulator.port}")
        pages_are_shown(beside)
        skipped = [part for name in OWN_STACK for part in ("--skip", name)]
        if not sys.argv[2:]:
            those_left_out_cannot_run(beside)
        passed, said = run_tests(beside, [*(sys.argv[2:] or [*GROUPS, "--skip", "browser::"]), *skipped])
        (TARGET / "tests.log").write_text(said, encoding="utf-8")
        print(said[-6000:])
        lines = the_timer_has_run(emulator, template)
        (TARGET / "functions.log").write_text(
            "".join(f"{name} {line}\n" for name, said in lines.items() for line in said), encoding="utf-8")
        wrong = list(check_logs.complaints(lines))
        say(f"memory at most, in MiB: {json.dumps(peaks(emulator.url), sort_keys=True)}")
    say(f"{time.monotonic() - began:.0f} s in all")
    if wrong and not sys.argv[2:]:
        raise SystemExit("the logs do not hold:\n" + "\n".join(wrong))
    say(f"{sum(map(len, lines.values()))} lines logged, " + (f"{len(wrong)} complaints" if wrong else "all of them in order"))
    if not passed:
        raise SystemExit("the acceptance tests failed against the deployed stack")


if __name__ == "__main__":
    main()
