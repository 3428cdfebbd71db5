"""What has to hold in the template as it is deployed. Each check is shown to find the fault that it looks for (test_template.py)."""

import json
import re

from template import ROOT, handler, of_kind, routes, short_name, statements, target

# Wildcards in resources: documents in one folder of a named bucket, streams of a named log group or table. X-Ray has no resources.
WITHIN = re.compile(r"^\$\{(DraftsBucket\.Arn\}/drafts|ArchiveBucket\.Arn\}/(signed|held)|Table\.Arn\}/stream)/\*$")


# Roles have no other managed policy.
ONLY_TRACING = {"Fn::If": ["Traced", [{"Ref": "TracingPolicy"}], {"Ref": "AWS::NoValue"}]}


def functions(template):
    return of_kind(template, "AWS::Lambda::Function")


def mappings(template):
    return of_kind(template, "AWS::Lambda::EventSourceMapping").values()


def check_queues(template):
    """Every queue is a dead-letter queue and called so, or has one."""
    queues = of_kind(template, "AWS::SQS::Queue")
    timeouts = {name: function["Timeout"] for name, function in functions(template).items()}
    for name, queue in queues.items():
        if "KmsMasterKeyId" not in queue:
            yield f"{name} is not encrypted with the stack's key"
        if name.endswith("DeadLetterQueue"):
            if "RedrivePolicy" in queue:
                yield f"{name} is called a dead-letter queue and has one itself"
            if queue.get("MessageRetentionPeriod", 0) < 1209600:
                yield f"{name} forgets before 14 days"
            continue
        redrive = queue.get("RedrivePolicy", {})
        dead = target(redrive.get("deadLetterTargetArn"))
        if not dead or not dead.endswith("DeadLetterQueue") or dead not in queues:
            yield f"{name} has no dead-letter queue"
        if redrive.get("maxReceiveCount", 0) < 5:
            yield f"{name} gives a message up before its fifth reception"
        readers = [mapping for mapping in mappings(template) if target(mapping["EventSourceArn"]) == name]
        if len(readers) != 1:
            yield f"{name} is read by {len(readers)} functions"
        for mapping in readers:
            if queue.get("VisibilityTimeout", 30) < 6 * timeouts[target(mapping["FunctionName"])]:
                yield f"{name} shows a message again before six timeouts of its function"


def check_mappings(template):
    """Batches are answered message by message, and the stream never gets stuck."""
    found = list(mappings(template))
    if len(found) != 3:
        yield f"{len(found)} mappings of queues and streams"
    for mapping in found:
        name = target(mapping["FunctionName"])
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name} does not report which messages failed"
        if target(mapping["EventSourceArn"]) == "Table":
            if not mapping.get("FilterCriteria", {}).get("Filters"):
                yield f"{name} is called for every record of the stream"
            if mapping.get("BisectBatchOnFunctionError") is not True:
                yield f"{name}: a failed batch is not bisected"
            destination = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
            if not (target(destination) or "").endswith("DeadLetterQueue"):
                yield f"{name}: records that are given up go nowhere"


def check_roles(template):
    """Every function has a role of its own, with a resource named for each action."""
    roles = [target(function["Role"]) for function in functions(template).values()]
    if len(set(roles)) != len(roles):
        yield "two functions share a role"
    for name, function in functions(template).items():
        role = template["Resources"].get(target(function["Role"]), {}).get("Properties", {})
        if role.get("ManagedPolicyArns", ONLY_TRACING) != ONLY_TRACING:
            yield f"{name}: its role has managed policies"
        for effect, actions, resources in statements(template, function):
            if effect != "Allow":
                yield f"{name}: a statement that allows nothing"
            for action in actions:
                if "*" in action:
                    yield f"{name} may do {action}"
            for resource in resources:
                text = resource.get("Fn::Sub", "") if isinstance(resource, dict) else resource
                if "*" in text and not WITHIN.match(text):
                    yield f"{name} may reach {text}"
        # Lambda asks whether a role may write traces when a function is set up: the permission has to be the role's own by then.
        if "ManagedPolicyArns" not in role:
            yield f"{name} cannot be traced"
    beside = {**of_kind(template, "AWS::IAM::Policy"), **of_kind(template, "AWS::IAM::ManagedPolicy")}
    for name, policy in beside.items():
        for statement in policy["PolicyDocument"]["Statement"]:
            only_tracing = sorted(statement["Action"]) == ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
            if not only_tracing or template["Resources"][name].get("Condition") != "Traced":
                yield f"{name} is a policy beside the roles"


def check_functions(template):
    """Runtime, log group with retention, secrets encrypted, tracing switchable; fonts only where drafts are rendered."""
    groups = of_kind(template, "AWS::Logs::LogGroup")
    for name, function in functions(template).items():
        if function["Runtime"] != "provided.al2023" or function["Architectures"] != [{"Ref": "Architecture"}]:
            yield f"{name}: runtime or architecture"
        if target(function.get("KmsKeyArn")) != "Key":
            yield f"{name}: its settings are not encrypted with the stack's key"
        settings = function["Environment"]["Variables"]
        if "resolve:" in json.dumps(settings) and settings.get("SECRETS_VERSION") != {"Ref": "SecretsVersion"}:
            yield f"{name} keeps its secrets when they change"
        if (settings.get("LOG_LEVEL"), function["LoggingConfig"].get("ApplicationLogLevel")) != ({"Ref": "LogLevel"}, "TRACE"):
            yield f"{name}: Lambda leaves out the figures where the level is not INFO"
        if function.get("TracingConfig") != {"Mode": {"Ref": "Tracing"}}:
            yield f"{name}: tracing cannot be switched"
        logging = function.get("LoggingConfig", {})
        group = groups.get(target(logging.get("LogGroup")), {})
        if logging.get("LogFormat") != "JSON" or "RetentionInDays" not in group:
            yield f"{name} has no log group of its own that forgets, or does not log JSON"
        elif not group["LogGroupName"]["Fn::Sub"].endswith("/" + function["FunctionName"]["Fn::Sub"]):
            yield f"{name} writes to another one's log group"
        if bool(function.get("Layers")) != (short_name(function) == "fill-party-a"):
            yield f"{name}: the fonts travel with fill-party-a and nobody else"
        for setting, value in function["Environment"]["Variables"].items():
            if re.search("SECRET$|_KEY$|SMTP", setting) and "{{resolve:secretsmanager:" not in str(value):
                yield f"{name}: {setting} is not a reference to a secret"


def check_alarms(template):
    """Every alarm the runbook counts on is there, sounds, and is described in it."""
    alarms = of_kind(template, "AWS::CloudWatch::Alarm")
    watched = {(alarm["MetricName"], target(dimension["Value"]))
               for alarm in alarms.values() for dimension in alarm.get("Dimensions", [])}
    wanted = {(metric, name) for name in functions(template) for metric in ("Errors", "Throttles")}
    for name in of_kind(template, "AWS::SQS::Queue"):
        dead = name.endswith("DeadLetterQueue")
        wanted.add(("ApproximateNumberOfMessagesVisible" if dead else "ApproximateAgeOfOldestMessage", name))
    for metric, name in sorted(wanted - watched):
        yield f"no alarm on {metric} of {name}"
    own = {alarm["MetricName"] for alarm in alarms.values() if "Dimensions" not in alarm}
    if own != {"OldestDueSeconds", "StuckContracts"}:
        yield f"the alarms on contracts that wait too long watch {sorted(own)}"
    runbook = (ROOT / "OPERATIONS.md").read_text(encoding="utf-8")
    for name, alarm in alarms.items():
        if [target(action) for action in alarm.get("AlarmActions", [])] != ["AlarmTopic"]:
            yield f"{name} tells nobody"
        said = alarm["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        if f"`{said}`" not in runbook:
            yield f"OPERATIONS.md does not say what {said} means"
        dead = alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        if dead and (alarm["Threshold"], alarm["ComparisonOperator"]) != (1, "GreaterThanOrEqualToThreshold"):
            yield f"{name} does not sound at the first dead letter"


def check_table(template):
    """What the emulator drops without a word: time to live, recovery, encryption, deletion protection."""
    for name, table in of_kind(template, "AWS::DynamoDB::Table").items():
        held = {
            "BillingMode": table.get("BillingMode") == "PAY_PER_REQUEST",
            "time to live": table.get("TimeToLiveSpecification") == {"AttributeName": "ttl", "Enabled": True},
            "recovery": table.get("PointInTimeRecoverySpecification") == {"PointInTimeRecoveryEnabled": True},
            "encryption": target(table.get("SSESpecification", {}).get("KMSMasterKeyId")) == "Key",
            "stream": table.get("StreamSpecification") == {"StreamViewType": "NEW_IMAGE"},
            "deletion protection": table.get("DeletionProtectionEnabled") is True,
            "retention": template["Resources"][name].get("DeletionPolicy") == "Retain",
        }
        yield from (f"{name}: {what}" for what, holds in held.items() if not holds)


def check_buckets(template):
    """Versioned, encrypted, closed to the public and to plain HTTP; the archive locked, drafts forgotten."""
    closed = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}
    policies = of_kind(template, "AWS::S3::BucketPolicy").values()
    for name, bucket in of_kind(template, "AWS::S3::Bucket").items():
        if bucket.get("VersioningConfiguration") != {"Status": "Enabled"}:
            yield f"{name} is not versioned"
        access = bucket.get("PublicAccessBlockConfiguration", {})
        if {key for key, value in access.items() if value is True} != closed:
            yield f"{name} can be made public"
        rules = bucket.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [{}])
        if target(rules[0].get("ServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")) != "Key":
            yield f"{name} is not encrypted with the stack's key"
        denials = [statement for policy in policies if target(policy["Bucket"]) == name
                   for statement in policy["PolicyDocument"]["Statement"] if statement["Effect"] == "Deny"]
        if {"Bool": {"aws:SecureTransport": "false"}} not in [denial["Condition"] for denial in denials]:
            yield f"{name} answers without TLS"
        if template["Resources"][name].get("DeletionPolicy") != "RetainExceptOnCreate":
            yield f"{name} goes with the stack"
        if name == "ArchiveBucket":
            rule = bucket.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention")
            if bucket.get("ObjectLockEnabled") is not True or rule != {
                    "Mode": "COMPLIANCE", "Years": {"Ref": "ArchiveRetentionYears"}}:
                yield f"{name} is not locked"
        elif not bucket.get("LifecycleConfiguration", {}).get("Rules"):
            yield f"{name} never forgets"


def check_keys(template):
    """The key rotates and outlives the stack; every secret is encrypted with it."""
    for name, key in of_kind(template, "AWS::KMS::Key").items():
        if key.get("EnableKeyRotation") is not True or template["Resources"][name].get("DeletionPolicy") != "RetainExceptOnCreate":
            yield f"{name} does not rotate, or goes with the stack"
    for name, secret in of_kind(template, "AWS::SecretsManager::Secret").items():
        if target(secret.get("KmsKeyId")) != "Key":
            yield f"{name} is not encrypted with the stack's key"


def check_api(template):
    """Tokens and scopes per route, throttling, an access log that tells nothing of a person, CORS for the console."""
    for (method, path), route in routes(template).items():
        scope = route.get("security")
        if path.startswith("/v1/") and path not in ("/v1/esign/callback", "/v1/openapi.json"):
            wanted = "contracts/staff" if path.startswith("/v1/staff/") else "contracts/self"
            if scope != [{"Tokens": [wanted]}]:
                yield f"{method} {path} asks for {scope}"
        elif scope not in (None, [{"NONE": []}]):
            yield f"{method} {path} asks for {scope}"
    for api in of_kind(template, "AWS::ApiGatewayV2::Api").values():
        tokens = api["Body"]["components"]["securitySchemes"]["Tokens"]["x-amazon-apigateway-authorizer"]
        wanted = {"issuer": {"Ref": "TokenIssuer"}, "audience": [{"Ref": "TokenAudience"}]}
        if (tokens["type"], tokens["jwtConfiguration"]) != ("jwt", wanted):
            yield "tokens are not checked against issuer and audience"
        if api["Body"].get("x-amazon-apigateway-cors", {}).get("allowOrigins") != [{"Ref": "ConsoleUrl"}]:
            yield "pages of other origins may call the API"
    for stage in of_kind(template, "AWS::ApiGatewayV2::Stage").values():
        limits = stage.get("DefaultRouteSettings", {})
        if (target(limits.get("ThrottlingRateLimit")), target(limits.get("ThrottlingBurstLimit"))) != (
                "RequestRate", "RequestBurst"):
            yield "requests are not throttled"
        logged = json.loads(stage.get("AccessLogSettings", {}).get("Format", "{}"))
        if "$context.requestId" not in logged.values():
            yield "there is no access log"
        if any(re.search(r"sourceIp|claims|userAgent|path|user", value) for value in logged.values()):
            yield "the access log tells of a person"


def check_everything_is_called(template):
    """Every route has a handler and a sample event, every function is called by something, has its folder, and a sample event."""
    called = {handler(route) for route in routes(template).values()}
    called |= {target(mapping["FunctionName"]) for mapping in mappings(template)}
    for rule in of_kind(template, "AWS::Events::Rule").values():
        called |= {target(goal["Arn"]) for goal in rule["Targets"]}
    if called != set(functions(template)):
        yield f"called and there do not agree: {sorted(called ^ set(functions(template)))}"
    names = {short_name(function) for function in functions(template).values()}
    folders = {path.name for path in (ROOT / "functions").iterdir() if path.is_dir()}
    events = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "events").glob("*.json")
              if not path.stem.startswith("demo-")}
    samples = {name.split(".")[0] for name in events}
    routed = [(f"{method} {path}", short_name(functions(template)[handler(route)]))
              for (method, path), route in routes(template).items()]
    sampled = [(event["routeKey"], name.split(".")[0]) for name, event in events.items() if "routeKey" in event]
    if sorted(routed) != sorted(sampled):
        yield f"routes and sample events do not agree: {sorted(set(routed) ^ set(sampled)) or 'one has two'}"
    if not names == folders == samples:
        yield f"functions, folders and sample events do not agree: {sorted((names ^ folders) | (names ^ samples))}"


def check_parameters(template):
    """Every parameter is described and in one group; whatever must be given cannot be empty."""
    grouped = [name for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
               for name in group["Parameters"]]
    if sorted(grouped) != sorted(template["Parameters"]):
        yield f"parameters and groups do not agree: {sorted(set(grouped) ^ set(template['Parameters']))}"
    for name, parameter in template["Parameters"].items():
        if not parameter.get("Description", "").endswith("."):
            yield f"{name} is not described"
        pattern = parameter.get("AllowedPattern")
        if "Default" not in parameter and (pattern is None or re.fullmatch(pattern, "")):
            yield f"{name} may be left empty"
        if pattern and not parameter.get("ConstraintDescription", "").startswith(name):
            yield f"{name}: what is wrong with a value is not said in a sentence"
    for name, output in template["Outputs"].items():
        if not output.get("Description"):
            yield f"the output {name} is not described"


def check_anchors(template):
    """Who issued a certificate is checked, unless somebody says outright that it need not be."""
    parameter = template["Parameters"].get("AllowUnknownCa", {})
    if (parameter.get("Default"), sorted(parameter.get("AllowedValues", []))) != ("false", ["false", "true"]):
        yield "unknown authorities are allowed without anybody having said so"
    for name, function in functions(template).items():
        settings = function["Environment"]["Variables"]
        if "TRUST_ANCHORS" in settings and settings.get("ALLOW_UNKNOWN_CA") != {"Ref": "AllowUnknownCa"}:
            yield f"{name} is not told whether unknown authorities are allowed"


CHECKS = [value for name, value in sorted(globals().items()) if name.startswith("check_")]


def complaints(template):
    """All that does not hold, in one list."""
    return [complaint for check in CHECKS for complaint in check(template)]
