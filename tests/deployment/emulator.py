"""An emulator of AWS that nobody here wrote (ministack), on this machine and for one run, and the template deployed on it.

It creates what CloudFormation would, runs the zips of the functions as Lambda would run them, calls them from its HTTP API, its queues, its stream
and its schedule, and lets each function do only what its role allows.
"""

import io
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile

import boto3
from botocore.config import Config

from template import ROOT, handler, of_kind, routes, short_name, source, transformed

STACK = "countersign"
REGION = "us-east-1"
# What the emulator takes for the account's own user, as an administrator who deploys.
KEY = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
PATIENCE = 120


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until(what, look):
    """Looks until something is there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise SystemExit(f"waited {PATIENCE} s for {what}")


class Emulator:
    """Running from `with` to its end; what it writes goes to a folder that is gone then, but for the log."""

    def __init__(self, log):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = pathlib.Path(log)

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="countersign-emulator-")
        environment = {
            "PATH": os.environ["PATH"], "HOME": self.folder, "TMPDIR": self.folder, "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port), "AWS_ENDPOINT_URL": self.url, "LAMBDA_EXECUTOR": "local", "AUTH": "true",
            "MINISTACK_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "S3_DATA_DIR": f"{self.folder}/s3", "LOG_LEVEL": "INFO",
        }
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [str(pathlib.Path(sys.executable).parent / "ministack")], env=environment, stdout=log, stderr=log)
        until("the emulator", self._answers)
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise SystemExit(f"the emulator ended:\n{self.log.read_text(errors='replace')[-2000:]}")
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, service):
        config = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}, read_timeout=120)
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, config=config, **KEY)


def zipped(entries):
    """A zip of (name in it, file, mode)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path, mode in entries:
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes(), compresslevel=1)
    return packed.getvalue()


def bootstrap(binaries, name):
    """The function's zip, as the build puts it together: `bootstrap`, without what only a debugger reads."""
    with tempfile.TemporaryDirectory() as folder:
        stripped = pathlib.Path(folder) / "bootstrap"
        subprocess.run(["strip", "-s", "-o", stripped, binaries / name], check=True)
        return zipped([("bootstrap", stripped, 0o755)])


def upload(emulator, template, binaries):
    """Puts each zip where the transformed template looks for it; gives their sizes."""
    s3, sizes = emulator.client("s3"), {}
    s3.create_bucket(Bucket="code")
    for name, function in of_kind(template, "AWS::Lambda::Function").items():
        packed = bootstrap(binaries, short_name(function))
        sizes[short_name(function)] = len(packed)
        s3.put_object(Bucket="code", Key=f"{name}.zip", Body=packed)
    fonts = sorted((ROOT / "shared/agreement/fonts").iterdir())
    packed = zipped([(path.name, path, 0o644) for path in fonts if path.is_file()])
    sizes["fonts"] = len(packed)
    s3.put_object(Bucket="code", Key="Fonts.zip", Body=packed)
    return sizes


def as_the_emulator_needs_it(template):
    """On AWS `SendMessageBatch` asks for `sqs:SendMessage`, and no action has its name. The emulator asks for one that has."""
    for role in of_kind(template, "AWS::IAM::Role").values():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                if "sqs:SendMessage" in statement["Action"]:
                    statement["Action"].append("sqs:SendMessageBatch")
    return template


def without_tls(emulator, resources):
    """The buckets refuse whoever comes without TLS, and the emulator has none to offer: with these policies it refuses every document. So they go."""
    s3 = emulator.client("s3")
    for bucket in (resources["DraftsBucket"], resources["ArchiveBucket"]):
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
        if [statement["Effect"] for statement in policy] != ["Deny"]:
            raise SystemExit(f"the policy of {bucket} is another one: {policy}")
        s3.delete_bucket_policy(Bucket=bucket)


def deploy(emulator, parameters, stack=STACK):
    """Creates the stack and gives its resources by logical id. What is refused raises."""
    cloudformation = emulator.client("cloudformation")
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    template = json.dumps(as_the_emulator_needs_it(transformed()))
    emulator.client("s3").put_object(Bucket="code", Key="template.json", Body=template)
    cloudformation.create_stack(
        StackName=stack, TemplateURL=f"{emulator.url}/code/template.json", Parameters=given,
        Capabilities=["CAPABILITY_IAM"])

    def finished():
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        return described if not described["StackStatus"].endswith("IN_PROGRESS") else None

    described = until("the stack", finished)
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    causes = [f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}" for event in events
              if event["ResourceStatus"].endswith("FAILED") and event.get("ResourceStatusReason")]
    if described["StackStatus"] != "CREATE_COMPLETE":
        raise RuntimeError(f"{described['StackStatus']}: {'; '.join(causes)}")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return {item["LogicalResourceId"]: item["PhysicalResourceId"]
            for page in pages for item in page["StackResourceSummaries"]}


def create_routes(emulator, template, resources, parameters):
    """The emulator does not read the API's description. So its routes, authorizer and CORS are created from it call by call."""
    gateway, api = emulator.client("apigatewayv2"), resources["Api"]
    account = emulator.client("sts").get_caller_identity()["Account"]
    body = of_kind(template, "AWS::ApiGatewayV2::Api")["Api"]["Body"]
    value = lambda said: parameters.get(said["Ref"], source()["Parameters"][said["Ref"]].get("Default")) \
        if isinstance(said, dict) else said  # noqa: E731
    tokens = body["components"]["securitySchemes"]["Tokens"]["x-amazon-apigateway-authorizer"]
    authorizer = gateway.create_authorizer(
        ApiId=api, Name="Tokens", AuthorizerType="JWT", IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": value(tokens["jwtConfiguration"]["issuer"]),
                          "Audience": [value(one) for one in tokens["jwtConfiguration"]["audience"]]})
    cors = body["x-amazon-apigateway-cors"]
    gateway.update_api(ApiId=api, CorsConfiguration={
        "AllowOrigins": [value(origin) for origin in cors["allowOrigins"]], "AllowMethods": cors["allowMethods"],
        "AllowHeaders": cors["allowHeaders"], "ExposeHeaders": cors["exposeHeaders"], "MaxAge": cors["maxAge"]})
    integrations = {}
    for (method, path), route in routes(template).items():
        name = resources[handler(route)]
        if name not in integrations:
            arn = f"arn:aws:lambda:{REGION}:{account}:function:{name}"
            made = gateway.create_integration(
                ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0")
            integrations[name] = made["IntegrationId"]
        scopes = [scope for said in route.get("security", []) for scope in said.get("Tokens", [])]
        asked = {"AuthorizationType": "JWT", "AuthorizerId": authorizer["AuthorizerId"],
                 "AuthorizationScopes": scopes} if scopes else {"AuthorizationType": "NONE"}
        gateway.create_route(ApiId=api, RouteKey=f"{method} {path}", Target=f"integrations/{integrations[name]}", **asked)
    return api
