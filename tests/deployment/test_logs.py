"""The check of the logs finds what it looks for."""

import json
import unittest

import check_logs

EVENT = {"target": "event", "function": "stack-notify", "requestId": "r", "outcome": "done", "ms": 3,
         "contract": "01KE8H5VBKQ7M2N9B5R8T3V6YC"}


def found(*lines, name="notify"):
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    return " ".join(check_logs.complaints({name: texts}))


class Logs(unittest.TestCase):
    def test_a_good_log_is_left_alone(self):
        self.assertEqual(found("START RequestId: x", EVENT, {"level": "WARN", "message": "later"}), "")

    def test_each_fault_is_named(self):
        for line, word in [
            ("plain words", "not JSON"),
            ({**EVENT, "outcome": ""}, "has no ['outcome']"),
            ({**EVENT, "function": "stack-console"}, "has no"),
            ({**EVENT, "cause": "李大山"}, "a name"),
            ({**EVENT, "cause": "310101199506012021"}, "document number"),
            ({**EVENT, "cause": "91330100MA0000001F"}, "document number"),
            ({**EVENT, "cause": "13800138000 failed"}, "mobile"),
            ({**EVENT, "cause": "to a@b.example"}, "mail address"),
            ({**EVENT, "cause": "Bearer eyJhbGciOiJSUzI1NiJ9.x"}, "token"),
        ]:
            self.assertIn(word, found(EVENT, line))

    def test_silence_is_a_fault(self):
        self.assertIn("no event", found("START RequestId: x"))
        self.assertIn("names its contract", found({**EVENT, "contract": ""}))
        self.assertIn("no figure", found({**EVENT, "function": "s-watch-contracts"}, name="watch-contracts"))


if __name__ == "__main__":
    unittest.main()
