"""The template holds, and each check finds what it looks for: one fault after the other is put in, and must be named."""

import copy
import re
import tomllib
import unittest

import check_template
from template import ROOT, source, transformed

WHOLE = transformed()


def put(path, value):
    """Puts a value into the template; None takes it out."""
    def fault(template):
        *way, last = path
        for step in way:
            template = template[step]
        if value is None:
            del template[last]
        else:
            template[last] = value
    return fault


def resource(name, *path):
    return ("Resources", name, "Properties", *path)


BODY = resource("Api", "Body")
PATHS = WHOLE["Resources"]["Api"]["Properties"]["Body"]["paths"]
ROLE = resource("FillPartyARole", "Policies", 0, "PolicyDocument", "Statement", 0)
RELAY = resource("RelayEventsFacts")

# The fault, and a word of the complaint.
FAULTS = [
    (put(("Parameters", "AllowUnknownCa", "Default"), "true"), "without anybody having said so"),
    (put(resource("SettleSigning", "Environment", "Variables", "ALLOW_UNKNOWN_CA"), None), "unknown authorities"),
    (put(resource("SettlementsQueue", "RedrivePolicy"), None), "no dead-letter queue"),
    (put(resource("SettlementsQueue", "RedrivePolicy", "maxReceiveCount"), 4), "fifth reception"),
    (put(resource("SettlementsQueue", "VisibilityTimeout"), 359), "six timeouts"),
    (put(resource("NotificationsQueue", "KmsMasterKeyId"), None), "not encrypted"),
    (put(resource("StreamDeadLetterQueue", "MessageRetentionPeriod"), 345600), "14 days"),
    (put(resource("SettleSigningSettlements", "FunctionResponseTypes"), None), "which messages failed"),
    (put((*RELAY, "FilterCriteria"), None), "every record"),
    (put((*RELAY, "BisectBatchOnFunctionError"), False), "bisected"),
    (put((*RELAY, "DestinationConfig"), None), "go nowhere"),
    (put((*ROLE, "Action"), ["dynamodb:*"]), "may do dynamodb:*"),
    (put((*ROLE, "Resource"), "*"), "may reach *"),
    (put((*ROLE, "Resource"), {"Fn::Sub": "${Table.Arn}/*"}), "may reach"),
    (put(resource("FillPartyARole", "ManagedPolicyArns"), ["arn"]), "managed policies"),
    (put(resource("Console", "Role"), {"Fn::GetAtt": ["NotifyRole", "Arn"]}), "share a role"),
    (put(("Resources", "TracingPolicy", "Condition"), None), "beside the roles"),
    (put(resource("NotifyRole", "ManagedPolicyArns"), None), "Notify cannot be traced"),
    (put(resource("Notify", "Environment", "Variables", "SECRETS_VERSION"), None), "Notify keeps its secrets"),
    (put(resource("Notify", "LoggingConfig", "ApplicationLogLevel"), {"Ref": "LogLevel"}), "leaves out the figures"),
    (put(resource("Console", "LoggingConfig", "LogGroup"), {"Ref": "NotifyLog"}), "another one's log group"),
    (put(resource("ConsoleLog", "RetentionInDays"), None), "forgets"),
    (put(resource("Console", "KmsKeyArn"), None), "settings are not encrypted"),
    (put(resource("Console", "TracingConfig"), None), "tracing"),
    (put(resource("Console", "Layers"), ["fonts"]), "fonts"),
    (put(resource("Console", "Runtime"), "provided.al2"), "runtime"),
    (put(resource("Notify", "Environment", "Variables", "SMTP_URL"), {"Ref": "SmtpUrl"}), "reference to a secret"),
    (put(("Resources", "FillPartyAErrorsAlarm"), None), "no alarm on Errors of FillPartyA"),
    (put(("Resources", "StreamDeadLettersAlarm"), None), "no alarm on ApproximateNumberOfMessagesVisible of Stream"),
    (put(("Resources", "ContractsOverdueAlarm"), None), "wait too long"),
    (put(resource("NotificationsLateAlarm", "AlarmActions"), []), "tells nobody"),
    (put(resource("NotificationsLateAlarm", "AlarmName"), {"Fn::Sub": "${AWS::StackName}-unheard-of"}), "OPERATIONS.md"),
    (put(resource("SettlementsDeadLettersAlarm", "Threshold"), 10), "first dead letter"),
    (put(resource("Table", "TimeToLiveSpecification"), None), "time to live"),
    (put(resource("Table", "PointInTimeRecoverySpecification"), None), "recovery"),
    (put(resource("Table", "SSESpecification"), None), "encryption"),
    (put(resource("Table", "DeletionProtectionEnabled"), None), "deletion protection"),
    (put(resource("DraftsBucket", "VersioningConfiguration"), None), "not versioned"),
    (put(resource("DraftsBucket", "PublicAccessBlockConfiguration", "BlockPublicAcls"), False), "made public"),
    (put(resource("DraftsBucket", "BucketEncryption"), None), "not encrypted"),
    (put(resource("DraftsBucket", "LifecycleConfiguration"), None), "never forgets"),
    (put(("Resources", "DraftsBucketPolicy"), None), "without TLS"),
    (put(resource("ArchiveBucket", "ObjectLockConfiguration"), None), "not locked"),
    (put(("Resources", "ArchiveBucket", "DeletionPolicy"), None), "goes with the stack"),
    (put(resource("Key", "EnableKeyRotation"), False), "rotate"),
    (put(resource("EsignSecret", "KmsKeyId"), None), "EsignSecret is not encrypted"),
    (put((*BODY, "paths", "/v1/eligibility", "get", "security"), [{"NONE": []}]), "asks for"),
    (put((*BODY, "paths", "/v1/staff/enquiries", "get", "security"), [{"Tokens": ["contracts/self"]}]), "asks for"),
    (put((*BODY, "x-amazon-apigateway-cors", "allowOrigins"), ["*"]), "other origins"),
    (put(resource("ApiApiGatewayDefaultStage", "DefaultRouteSettings"), {}), "not throttled"),
    (put(resource("ApiApiGatewayDefaultStage", "AccessLogSettings"), {}), "no access log"),
    (put(resource("ApiApiGatewayDefaultStage", "AccessLogSettings", "Format"), '{"ip":"$context.identity.sourceIp"}'),
     "tells of a person"),
    (put(("Resources", "WatchContractsEveryMinute"), None), "WatchContracts"),
    (put((*BODY, "paths", "/v1/enquiries", "post"), None), "routes and sample events"),
    (put((*BODY, "paths", "/v1/unheard-of"), PATHS["/v1/eligibility"]), "routes and sample events"),
    (put((*BODY, "paths", "/v1/eligibility"), PATHS["/v1/enquiries"]), "routes and sample events"),
    (put(("Parameters", "EsignAppSecret", "AllowedPattern"), ".*"), "may be left empty"),
    (put(("Parameters", "EsignAppSecret", "ConstraintDescription"), None), "not said in a sentence"),
    (put(("Parameters", "Another"), {"Type": "String", "Default": "", "Description": "A."}), "groups"),
]

# Parameters, a value that is taken, and some that must be refused before anything is deployed.
VALUES = [
    ("TokenIssuer", "https://login.example.com/realm", ["", "login.example.com", "https://login.example.com//", "ftp://x"]),
    ("TokenIssuer", "https://tenant.login.example/", ["https:///"]),
    ("EsignAppSecret", "0123abcd", ["", " ", "a b"]),
    ("EsignAppId", "7438900001", ["", "app"]),
    ("PublicUrl", "https://sign.example.com", ["", "sign.example.com", "https://sign.example.com/"]),
    ("SmtpUrl", "smtps://me:secret@mail.example.com:465", ["", "mail.example.com", "smtp://mail.example.com:25"]),
    ("SmtpUrl", "smtp://me:secret@mail.example.com:587?tls=required", []),
    ("SecretsVersion", "2026-12-01", ["", "a b"]),
    ("PartyB", '{"name": "x"}', ["", "x"]),
    ("Contact", '{"name": "x"}', ["", "[]"]),
    ("MailFrom", "Countersign <contract@example.com>", ["", "Countersign"]),
    ("StaffMail", "staff@example.com", ["", "staff"]),
    ("LookSchedule", "60,180", ["", "60;180", "soon"]),
    ("CertificateArn", "arn:aws-cn:acm:cn-north-1:1:certificate/x", ["certificate"]),
]


class Template(unittest.TestCase):
    def test_everything_holds(self):
        self.assertEqual(check_template.complaints(WHOLE), [])

    def test_each_fault_is_named(self):
        for fault, word in FAULTS:
            template = copy.deepcopy(WHOLE)
            fault(template)
            found = check_template.complaints(template)
            self.assertTrue(any(word in complaint for complaint in found), f"{word}: {found}")

    def test_what_is_deployed_unwinds(self):
        release = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["profile"]["release"]
        self.assertEqual(release.get("panic"), "unwind")

    def test_bad_values_are_refused_and_good_ones_taken(self):
        parameters = source()["Parameters"]
        for name, good, bad in VALUES:
            pattern = parameters[name]["AllowedPattern"]
            self.assertTrue(re.fullmatch(pattern, good), f"{name}: {good}")
            for value in bad:
                self.assertFalse(re.fullmatch(pattern, value), f"{name}: {value!r}")


if __name__ == "__main__":
    unittest.main()
