"""The template as CloudFormation gets it: what AWS SAM makes of template.yaml, without AWS."""

import copy
import os
import pathlib

# The translator asks for a region's partition; no region is ever called.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where the zips would lie; a transform only needs to know that they lie somewhere.
CODE = "s3://code/"


class NoPolicies:
    """SAM looks its managed policies up in an account. The template names none."""

    def load(self):
        return {}


def source():
    """template.yaml as it is written, in the long form."""
    return yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))


def transformed(template=None):
    """What CloudFormation creates."""
    template = copy.deepcopy(template) if template else source()
    for name, resource in template["Resources"].items():
        for place in ("CodeUri", "ContentUri"):
            if place in resource.get("Properties", {}):
                resource["Properties"][place] = f"{CODE}{name}.zip"
    return transform(template, {}, NoPolicies())


def of_kind(template, kind):
    """The resources of a type: logical ids and properties."""
    resources = template["Resources"].items()
    return {name: resource.get("Properties", {}) for name, resource in resources if resource["Type"] == kind}


def target(value):
    """The logical id that a reference leads to, or nothing."""
    if isinstance(value, dict):
        if "Ref" in value:
            return value["Ref"]
        if "Fn::GetAtt" in value:
            found = value["Fn::GetAtt"]
            return found[0] if isinstance(found, list) else found.split(".")[0]
    return None


def short_name(properties):
    """A function's name without the stack's: `fill-party-a`."""
    return properties["FunctionName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")


def statements(template, function):
    """What a function's role allows: actions, resources as they are written, and nothing else."""
    role = template["Resources"][target(function["Role"])]["Properties"]
    for policy in role.get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            yield statement["Effect"], actions, resources


def routes(template):
    """The routes of the API: method and path, and what is said of each in the API's description."""
    found = {}
    for api in of_kind(template, "AWS::ApiGatewayV2::Api").values():
        for path, methods in api["Body"]["paths"].items():
            for method, route in methods.items():
                found[method.upper(), path] = route
    return found


def handler(route):
    """The logical id of the function that a route leads to."""
    uri = route["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
    return uri.split("/functions/${")[1].split(".Arn}")[0]
