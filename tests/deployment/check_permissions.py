"""Holds what the functions asked of AWS while the tests ran against what their roles allow: neither less nor more.

Usage: check_permissions.py CALLS, where CALLS is the file that the tests wrote (`COUNTERSIGN_CALLS`).
"""

import re
import sys

from template import of_kind, short_name, statements, target, transformed

# What comes with a call that the caller does not make itself, and why.
ALONG = {
    # The buckets are encrypted with the stack's key, which S3 uses on behalf of the caller.
    ("s3", "PutObject"): ["kms:GenerateDataKey"],
    ("s3", "GetObject"): ["kms:Decrypt"],
    # So are the queues. A sender decrypts the data key that SQS keeps for a while.
    ("sqs", "SendMessage"): ["kms:GenerateDataKey", "kms:Decrypt"],
}
READS_QUEUE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
READS_STREAM = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]


def logical(template, action, resource):
    """A resource of the local stack under its name in the template."""
    if action.startswith("kms:"):
        return "Key"
    name, _, rest = resource.partition("/")
    camel = "".join(word.capitalize() for word in name.removeprefix("countersign-").split("-"))
    if camel not in template["Resources"]:
        raise SystemExit(f"{resource} is no resource of the template")
    return f"{camel}/{rest}" if rest else camel


def used(template, lines):
    """What each function used: what was recorded, and what comes along with it."""
    found = {short_name(function): set() for function in of_kind(template, "AWS::Lambda::Function").values()}
    for line in lines:
        caller, action, resource = line.split(" ")
        # Other callers are the stack's pumps and the tests themselves.
        if caller in found:
            found[caller].add((action, logical(template, action, resource)))
            service, name = action.split(":")
            found[caller] |= {(also, "Key") for also in ALONG.get((service, name), [])}
    return found


def comes_with_the_template(template):
    """What Lambda itself does under each function's role."""
    functions = of_kind(template, "AWS::Lambda::Function")
    # The settings are encrypted with the stack's key, and Lambda decrypts them under the role.
    found = {short_name(function): {("kms:Decrypt", "Key")} for function in functions.values()}
    for function in functions.values():
        group = target(function["LoggingConfig"]["LogGroup"])
        found[short_name(function)] |= {("logs:CreateLogStream", group), ("logs:PutLogEvents", group)}
    for mapping in of_kind(template, "AWS::Lambda::EventSourceMapping").values():
        name = short_name(functions[target(mapping["FunctionName"])])
        source = target(mapping["EventSourceArn"])
        if source != "Table":
            found[name] |= {(action, source) for action in READS_QUEUE}
            continue
        found[name] |= {(action, "Table/stream") for action in READS_STREAM}
        found[name] |= {("dynamodb:ListStreams", "Table/stream/*")}
        dead = target(mapping["DestinationConfig"]["OnFailure"]["Destination"])
        found[name] |= {("sqs:SendMessage", dead), ("kms:GenerateDataKey", "Key")}
    return found


def named(resource):
    """A resource of a policy in the same words: `Table/index/by-due`, `DraftsBucket/drafts`."""
    if "Fn::GetAtt" in resource:
        name, attribute = resource["Fn::GetAtt"]
        return f"{name}/stream" if attribute == "StreamArn" else name
    name, rest = re.fullmatch(r"\$\{(\w+)\.Arn\}/(.+)", resource["Fn::Sub"]).groups()
    return f"{name}/{rest}" if rest.startswith("stream") else f"{name}/{rest.removesuffix('/*')}"


def allowed(template):
    """What each function's role allows."""
    found = {}
    for function in of_kind(template, "AWS::Lambda::Function").values():
        found[short_name(function)] = {
            (action, named(resource))
            for _, actions, resources in statements(template, function) for action in actions for resource in resources}
    return found


def complaints(template, lines):
    calls, along, policies = used(template, lines), comes_with_the_template(template), allowed(template)
    for name, policy in sorted(policies.items()):
        needed = calls[name] | along[name]
        for action, resource in sorted(needed - policy):
            yield f"{name} needs {action} on {resource}, and its role does not allow it"
        for action, resource in sorted(policy - needed):
            yield f"{name} may do {action} on {resource}, and no test made use of it"


def main():
    with open(sys.argv[1], encoding="utf-8") as calls:
        lines = calls.read().splitlines()
    template = transformed()
    found = list(complaints(template, lines))
    if found:
        raise SystemExit("\n".join(found))
    count = sum(map(len, allowed(template).values()))
    print(f"{count} permissions of {len(allowed(template))} functions: each was used, and nothing else was needed")


if __name__ == "__main__":
    main()
