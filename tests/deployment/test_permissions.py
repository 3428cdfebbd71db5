"""The comparison of calls and permissions finds both kinds of fault."""

import unittest

import check_permissions
from template import transformed

TEMPLATE = transformed()


class Permissions(unittest.TestCase):
    def found(self, *lines):
        return list(check_permissions.complaints(TEMPLATE, lines))

    def test_calls_that_are_not_allowed_are_named(self):
        found = self.found("check-eligibility dynamodb:DeleteItem countersign-table", "console s3:GetObject countersign-drafts-bucket/drafts")
        self.assertIn("check-eligibility needs dynamodb:DeleteItem on Table, and its role does not allow it", found)
        self.assertIn("console needs s3:GetObject on DraftsBucket/drafts, and its role does not allow it", found)

    def test_what_is_allowed_and_never_used_is_named(self):
        one = "check-eligibility may do dynamodb:GetItem on Table, and no test made use of it"
        self.assertIn(one, self.found())
        self.assertNotIn(one, self.found("check-eligibility dynamodb:GetItem countersign-table"))
        self.assertIn("watch-contracts may do dynamodb:Query on Table/index/by-due, and no test made use of it", self.found())

    def test_other_callers_and_what_comes_along_are_understood(self):
        found = self.found("local dynamodb:Scan countersign-table", "relay-events sqs:SendMessage countersign-settlements-queue")
        self.assertFalse([complaint for complaint in found if "Scan" in complaint or "relay-events needs" in complaint])

    def test_an_unknown_resource_stops_it(self):
        with self.assertRaises(SystemExit):
            self.found("console dynamodb:GetItem countersign-nothing")


if __name__ == "__main__":
    unittest.main()
