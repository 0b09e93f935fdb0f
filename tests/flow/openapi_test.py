"""The API held to its description: the file itself, and for every operation
all the refusals that follow from it."""

import collections
import json
import os
import re
import secrets
import unittest
import urllib.parse
import uuid

import jsonschema
import yaml

from agent import CONSENT
from openapi import FHIR, PROBLEM, STRUCTURE, wrong_queries
from stand import PIN, SRC, wait_until
from walk import API, ROLES, STAFF, UnixClient, Walk

NOBODY = str(uuid.UUID("00000000-0000-4000-8000-000000000000"))
NO_RESULT = "0" * 64
UNSIGNED = {"engine": "e", "score": "0.9", "threshold": "0.9",
            "liveness": "passed", "nonce": "0" * 64,
            "at": "2026-11-20T09:00:00.000+09:00", "signature": "A" * 86 + "=="}
NAMED = {"chart_number": "no-such-chart", "staff": STAFF}
ASK = {"mode": "face", "official": True, "chart_number": "no-such-chart"}


class Sample(collections.namedtuple("Sample", "at body client want query")):
    """One call that is right in itself and changes little: where, what, by
    whom (None: the role's own client), the codes it is answered with, and
    its query."""


def sample(want, body=None, client=None, query=(), **at):
    return Sample(at, body, client, want, list(query))


def step(body=None):
    return sample(("NO_SUCH", "NOT_NOW"), body, visit=NOBODY)


WHY = {"staff": STAFF, "reason": "確認のため"}
CHART = "chart_number=no-such-chart"
READER_NAMED = ("staff=" + urllib.parse.quote(STAFF),)


def finding(body=None):
    return sample(("NO_SUCH",), body, finding=NOBODY)


def imported(body=None):
    return sample(("NO_SUCH",), body, **{"import": NOBODY})


def resource():
    return sample(("NO_SUCH",), resource=NOBODY)


SAMPLES = {
    "health": sample((200,)),
    "token": sample(("CODE",), {"code": "AAAAA-AAAAA"}),
    "client": sample((200,)),
    "start": sample((200,)),
    "unlock": sample(("PASSCODE", "NO_PASSCODE"), {
        "passcode": "000000", "purpose": "home_visit", "staff": STAFF},
                     "tablet"),
    "lock": sample((200,)),
    "visits": sample((200,)),
    "visitCreate": sample(("NO_PATIENT",), ASK),
    "visit": sample(("NO_SUCH",), visit=NOBODY),
    "numberB": step({"number": "0" * 14}),
    "photo": step(),
    "evidence": step(UNSIGNED),
    "attest": step({"same_person": False}),
    "pin": step({"pin": "0000", "tries_left": 3, "last_try": False}),
    "consent": step(CONSENT),
    "confirm": step({"confirmed": False}),
    "visitPatient": step(NAMED),
    "close": step(),
    "cancel": step(),
    "fallback": step({"way": "notice", "staff": STAFF}),
    "events": sample((200,)),
    "readers": sample((200,)),
    "requests": sample((200,)),
    "results": sample((200,)),
    "result": sample(("NO_SUCH",), result=NO_RESULT),
    "resultPatient": sample(("NO_SUCH",), NAMED, result=NO_RESULT),
    "refusedRecords": sample((200,)),
    "slip": sample(("SLIP",), {"text": "SKS1"}),
    "patients": sample((200, "BAD_REQUEST")),
    "passcodes": sample((200,)),
    "passcodeIssue": sample((201,), {"length": 6, "days": 1}),
    "passcodeRevoke": sample(("NO_SUCH",), passcode="0" * 16),
    "clients": sample((200,)),
    "enrol": sample((201,), client_name="tablet"),
    "devices": sample((200,)),
    "deviceInvite": sample((201,), {"name": "tablet-9"}),
    "deviceRename": sample(("NO_DEVICE",), {"name": "tablet-9"},
                           device="nowhere"),
    "deviceRevoke": sample(("NO_DEVICE",), device="nowhere"),
    "metrics": sample((200,)),
    "figures": sample((200,), query=("from=2026-11-01", "to=2026-11-30")),
    "audit": sample((200,), query=("subject=patient:13",)),
    "patient": sample(("NO_PATIENT",), query=(CHART,)),
    "patientPut": sample((200, 201), {
        "chart_number": "901", "name": "資格　訪五郎", "kana": "ｼｶｸ ﾎｳｺﾞﾛｳ",
        "sex": "male", "birthdate": "1990-01-01", "post_number": "105-0004",
        "address": "東京都港区新橋", "insurer_number": "06140248",
        "insured_card_symbol": "10", "insured_identification_number": "905",
        "insured_branch_number": "01", "staff": STAFF}),
    "patientUnlink": sample(("NO_PATIENT",), dict(NAMED, reason="誤り")),
    "patientConfirm": sample(("NO_PATIENT",), NAMED),
    "consents": sample((200,)),
    "findings": sample((200,)),
    "finding": finding(),
    "comparison": finding(),
    "findingPatient": finding(dict(WHY, chart_number="13")),
    "findingUnlink": finding(WHY),
    "findingSetAside": finding(WHY),
    "findingReturn": finding(WHY),
    "imports": sample((200,)),
    "importApply": sample(("NO_SUCH",), {
        "findings": [NOBODY], "action": "renew", "switch_on": "2026-11-01",
        "staff": STAFF, "reason": "確認のため"}),
    "waiting": sample((200,)),
    "import": imported(),
    "importUndo": imported(WHY),
    "importReview": imported({"staff": STAFF}),
    "importReport": imported(),
    "importPrint": imported(),
    "categories": sample((200,)),
    "checks": sample((200,)),
    "addToday": sample((201,), {"charts": ["0"], "staff": STAFF}),
    "jobs": sample((200,)),
    "jobStart": sample(("RANGE",), {
        "category": "home", "axis": "consent", "from": "2026-11-02",
        "to": "2026-11-01", "staff": STAFF}),
    "job": sample(("NO_SUCH",), job=NOBODY),
    "jobPersons": sample(("NO_SUCH",), job=NOBODY),
    "jobCancel": sample(("NO_SUCH",), {"staff": STAFF}, job=NOBODY),
    "jobRetry": sample(("NO_SUCH",), {"part": 1, "unsure": False,
                                      "staff": STAFF}, job=NOBODY),
    "documents": sample((200,)),
    "documentAsk": sample(("NO_PATIENT",), {
        "chart_number": "no-such-chart", "kind": "drug", "form": "xml",
        "treatments": True, "from": "2026-10", "to": "2026-11",
        "staff": STAFF}),
    "document": sample(("NO_SUCH",), query=READER_NAMED, document=NOBODY),
    "documentView": sample(("NO_SUCH",), query=READER_NAMED,
                           document=NOBODY),
    "exportOrca": sample(("CONF",), {"findings": [NOBODY], "staff": STAFF}),
    "exportCsv": sample((200,)),
    "fhirMetadata": sample((200,)),
    "fhirPatients": sample((200,), query=("identifier=no-such-chart",)),
    "fhirPatient": resource(),
    "fhirCoverage": resource(),
    "fhirConsent": resource(),
    "fhirBundle": sample(("NO_PATIENT",), query=(
        "identifier=no-such-chart",)),
}
# Schemas of what has its own form: the terminal's, FHIR's.
OTHERS = ("Result", "Resource", "DocumentView")
# What they answer is shown this once.
ONCE = ("passcodeIssue", "enrol", "deviceInvite")
# What it is called when there is nobody of a name that could be one.
NOBODYS = {"client": "NO_CLIENT", "device": "NO_DEVICE"}
# What is no value of a hole of a path, for each hole.
NO_IDS = ("x", NOBODY[:-1], NOBODY + "0", NOBODY.replace("-", ""),
          "A" + NOBODY[1:], "0" * 200)
NO_HOLES = {
    **{hole: NO_IDS for hole in ("visit", "finding", "import", "job",
                                 "document", "resource")},
    "result": ("x", "0" * 63, "0" * 65, "A" * 64, NOBODY),
    "passcode": ("x", "0" * 15, "0" * 17, "A" * 16),
    "device": ("A", "a_b", "-", "nobody", "a" * 33, "a" * 200),
    "client": ("A", "a_b", "-", "nobody", "a" * 33, "a" * 200),
}


# -- the file itself ----------------------------------------------------------
class Description(unittest.TestCase):
    def test_is_openapi(self):
        jsonschema.Draft202012Validator.check_schema(STRUCTURE)
        jsonschema.Draft202012Validator(STRUCTURE).validate(API.doc)

    def test_a_misspelling_is_found(self):
        for wrong in ({"operationID": "x"}, {"response": {}},
                      {"x-roles": "kiosk"}, {"responses": {"200": {}}}):
            with self.subTest(wrong=wrong):
                doc = json.loads(json.dumps(API.doc))
                doc["paths"]["/client"]["get"].update(wrong)
                self.assertFalse(jsonschema.Draft202012Validator(
                    STRUCTURE).is_valid(doc))

    def test_no_member_twice(self):
        class Strict(yaml.SafeLoader):
            pass

        def mapping(loader, node):
            names = [loader.construct_object(k) for k, _ in node.value]
            self.assertEqual(len(names), len(set(names)), node.start_mark)
            return yaml.SafeLoader.construct_mapping(loader, node, True)
        Strict.add_constructor("tag:yaml.org,2002:map", mapping)
        with open(os.path.join(SRC, "host", "api", "openapi.yaml"),
                  encoding="utf-8") as f:
            yaml.load(f, Strict)

    def test_references_resolve_and_are_used(self):
        text = json.dumps(API.doc)
        used = set(re.findall(r'"#/components/([^"]+)"', text))
        there = {"%s/%s" % (kind, name) for kind in (
            "schemas", "responses", "parameters")
                 for name in API.doc["components"][kind]}
        # Of an event: no answer holds one, test_events looks at them.
        self.assertEqual(used | {"schemas/Event"}, there)

    def test_operations(self):
        ids = [op.id for op in API.described]
        self.assertEqual(len(ids), len(set(ids)))
        for op in API.described:
            with self.subTest(op=op.id):
                # Two: there before, or made now; the same either way.
                self.assertIn(sorted(op.success), (
                    op.success[:1], [200, 201]))
                self.assertEqual(len({json.dumps(op.responses[str(s)])
                                      for s in op.success}), 1)
                self.assertEqual(list(op.responses["default"]),
                                 [FHIR] * op.fhir + [PROBLEM])
                self.assertLessEqual(set(op.roles), set(ROLES))
                self.assertEqual(bool(op.roles), op.id != "token")
                self.assertEqual(op.keyed, op.method == "POST" and
                                 op.id != "token")
                self.assertEqual({p["name"] for p in op.holes}, set(
                    re.findall(r"\{(\w+)\}", op.path)))

    def test_objects_say_what_they_need(self):
        for name, schema in API.doc["components"]["schemas"].items():
            with self.subTest(schema=name):
                if schema.get("type") == "object" and name not in OTHERS:
                    self.assertIs(schema["additionalProperties"], False)
                    self.assertLessEqual(set(schema["required"]),
                                         set(schema["properties"]))

    def test_every_operation_has_a_sample(self):
        self.assertEqual(set(SAMPLES), {op.id for op in API.operations})


# -- refusals -----------------------------------------------------------------
class Refusals(Walk):
    """Each operation's own, made from the description; see below."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit = cls.kiosk.visit()
        cls.kiosk.do(cls.visit, "cancellation")
        wait_until("an ended visit", lambda: cls.kiosk.read(cls.visit)[
            "state"] == "cancelled")

    def prepare(self, op):
        row = SAMPLES[op.id]
        at = {"client" if k == "client_name" else k: v
              for k, v in row.at.items()}
        self.op, self.row = op, row
        self.path = op.url(**at)
        self.good_path = "?".join([self.path, "&".join(row.query)][
            :1 + bool(row.query)])
        self.holes = at
        self.who = self.as_role(op.roles[0]) if op.roles else \
            self.stand.nobody
        self.good = row.body

    def as_role(self, role):
        return self.client(self.row.client if role == "kiosk" and
                           self.row.client else role)

    def outcome(self, answer):
        """Its code, or the status of a success; one that the sample has."""
        got = answer.code if answer.status >= 400 else answer.status
        self.assertIn(got, self.row.want)
        return got

    def send(self, body="good", client=None, path=None, method=None,
             **fields):
        """The sample, with what is given put in its place."""
        body = self.good if body == "good" else body
        if self.op.keyed and "Idempotency_Key" not in fields:
            fields["Idempotency_Key"] = secrets.token_hex(16)
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        return (client or self.who).raw(method or self.op.method,
                                        path or self.good_path, body, **fields)

    def tokens(self):
        if not self.op.open:
            self.refused(self.send(client=self.stand.nobody), 401,
                         "NO_TOKEN")
        for token in ("A" * 43, "A", self.kiosk.token[:-1],
                      self.kiosk.token + "A"):
            wrong = UnixClient(self.stand, "wrong", token)
            self.refused(self.send(client=wrong), 401, "NO_TOKEN")
        for field in ("Bearer", "Bearer ", "Basic YTpi", "Bearer a b",
                      "Bearer " + "A" * 200, "Bearer \x7f"):
            self.refused(self.send(Authorization=field), 400)
        query = "?token=" + self.kiosk.token
        if not self.op.open:
            self.refused(self.send(client=self.stand.nobody,
                                   path=self.path + query), 401, "NO_TOKEN")

    def roles(self):
        for role in ROLES if self.op.roles else ():
            body = self.good
            if self.op.id == "visitCreate" and role == "desk":
                body = dict(body, at="kiosk-a")
            got = self.send(body, client=self.as_role(role))
            if role in self.op.roles:
                self.outcome(got)
            else:
                self.refused(got, 403, "NOT_ALLOWED")

    def methods(self):
        here = [op.method for op in API.operations
                if op.path == self.op.path]
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS",
                       "TRACE", "get", "FOO"):
            if method not in here:
                got = self.send(None, method=method)
                self.refused(got, 405)
                self.assertIn("Allow", got.headers)

    def paths(self):
        for hole in self.holes:
            for value in NO_HOLES[hole]:
                path = self.op.url(**{**self.holes, hole: value})
                got = self.send(path="?".join([path] + [
                    "&".join(self.row.query)] * bool(self.row.query)))
                self.refused(got, 404, NOBODYS.get(hole, "NO_SUCH") if
                             value in ("nobody", "-", "a" * 33) else
                             "NO_SUCH")
            for value in ("%41", "..", ".", "", "資"):
                path = self.op.url(**{**self.holes, hole: "VALUE"}).replace(
                    "VALUE", value)
                self.assertIn(self.send(path=path).status, (400, 404))
        self.refused(self.send(path=self.path + "/x"), 404, "NO_SUCH")
        self.assertIn(self.send(path=self.path + "/").status, (400, 404))
        self.refused(self.send(path="/x" + self.path), 404, "NO_SUCH")

    def queries(self):
        if self.op.query:
            self.refused(self.send(path=self.path + "?" + "&".join(
                self.row.query + ["unknown=1"])), 400)
        for parameter in self.op.query:
            others = [q for q in self.row.query if not q.startswith(
                parameter["name"] + "=")]
            rows = wrong_queries(parameter)
            if parameter.get("required"):
                rows.append(("missing", ""))
            for name, query in rows:
                with self.subTest(parameter=parameter["name"], row=name):
                    path = self.path + "?" + "&".join(others + [query])
                    self.refused(self.send(path=path.rstrip("?&")), 400)

    def keys(self):
        if not self.op.keyed:
            return
        for key in (None, "", "1234567", "a" * 65, "a b c d e",
                    "12345678.", "資格資格資格".encode().decode("latin-1")):
            self.refused(self.send(Idempotency_Key=key), 400)

    def bodies(self):
        if self.op.method == "GET":
            self.refused(self.send({}), 400)
            return
        for body in (b"{", b"[]", b"null", b"1", b'"x"', b"{}{}", b"\xff",
                     b'{"a":"\\u0000"}', b'{"a":1,"a":1}', b"[" * 1000):
            self.refused(self.send(body), 400)
        for kind in (None, "text/plain", "application/x-json",
                     "application/json; charset=shift_jis",
                     "application/x-www-form-urlencoded"):
            self.refused(self.send({}, Content_Type=kind), 415)
        self.refused(self.send(None, Content_Type="application/json",
                               Content_Length=str(64 * 1024 + 1)), 413)
        self.refused(self.send({}, Transfer_Encoding="chunked"), 400)
        for name, body in API.wrong_bodies(self.op, self.good):
            with self.subTest(body=name):
                got = self.send(body)
                self.refused(got, 400)
                self.assertEqual(set(got.json) - {"detail"}, {
                    "type", "title", "status", "code", "text", "next"})
                self.assertIn(got.json["detail"], set(self.op.body[
                    "properties"] if self.op.body else ()) | {
                        "a member that is not described",
                        # A number that no 64 bits hold.
                        "the body is not one JSON object with each member "
                        "once"})
        if self.op.body and self.op.body.get("required"):
            self.refused(self.send(None), 400)

    def again(self):
        """Of a key: what was refused may be sent again, what was done is not
        done twice, and another client's is another one."""
        if not self.op.keyed:
            return
        key = secrets.token_hex(16)
        first = self.send(Idempotency_Key=key)
        self.outcome(first)
        second = self.send(Idempotency_Key=key)
        if first.status < 300 and self.op.id in ONCE:
            self.refused(second, 409, "NOT_NOW")
        elif first.status < 300:
            self.assertEqual((second.status, second.json),
                             (first.status, first.json))
        else:
            self.refused(second, first.status, first.code)
        if first.status < 300:
            self.refused(self.send(path=self.path + "?other=1",
                                   Idempotency_Key=key), 422, "KEY_REUSED")


def refuses(op, what):
    def test(self):
        self.prepare(op)
        getattr(self, what)()
    test.__name__ = "test_%s_%s" % (op.id, what)
    return test


for each in API.operations:
    for kind in ("tokens", "roles", "methods", "paths", "queries", "keys",
                 "bodies", "again"):
        one = refuses(each, kind)
        setattr(Refusals, one.__name__, one)


# -- what no single operation shows ------------------------------------------
class Border(Walk):
    def test_nothing_beside_the_description(self):
        for path in ("/api", "/api/", "/api/v1", "/api/v1/", "/api/v2",
                     "/api/v1/metrics", "/health", "/api/v1/openapi.yaml",
                     "/api/v1/visits/" + NOBODY + "/identity",
                     "/api/v1/clients/tablet", "/api/v1/passcodes/0",
                     "/api/v1/client/", "/api//v1/client", "/metrics/"):
            for method in ("GET", "POST"):
                with self.subTest(path=path, method=method):
                    self.assertIsNone(API.find(method, path))
                    got = self.client("admin").raw(
                        method, path, Idempotency_Key="x" * 8)
                    self.assertIn(got.status, (400, 404))

    def test_other_hosts_and_pages(self):
        for fields, code in (({"Host": "example.org"}, "BAD_HOST"),
                             ({"Host": None}, "BAD_HOST"),
                             ({"Origin": "http://example.org"}, "BAD_ORIGIN"),
                             ({"Origin": "null"}, "BAD_ORIGIN")):
            with self.subTest(**fields):
                self.refused(self.kiosk.raw("GET", "/api/v1/client",
                                            **fields), 403, code)

    def test_wrong_passcode_counts_once(self):
        tablet, admin = self.client("tablet"), self.client("admin")
        right = admin.must(201, admin.post(
            "/passcodes", {"length": 12, "days": 1}))["passcode"]
        wrong = {"passcode": "0" * 6, "purpose": "home_visit",
                 "staff": STAFF}
        left = []
        for key in ("wrong-01", "wrong-01", "wrong-02", "wrong-02"):
            got = tablet.post("/client/unlock", wrong, key=key)
            self.refused(got, 403, "PASSCODE")
            left.append(got.json.get("detail"))
        self.assertEqual(left[0], "4")
        self.assertEqual(left[2], "3")
        got = tablet.must(200, tablet.post("/client/unlock", dict(
            wrong, passcode=right)))
        self.assertTrue(got["unlocked"])
        tablet.must(200, tablet.post("/client/lock"))
        for n in range(5):
            got = tablet.post("/client/unlock", wrong, key="lock-it-%d" % n)
        self.refused(got, 423, "LOCKED")
        self.refused(tablet.post("/client/unlock", dict(
            wrong, passcode=right)), 423, "LOCKED")
        self.assertIsNotNone(tablet.get("/client").json["locked_until"])
        self.stand.run("passcodes", "unlock", "tablet", check=True)

    def test_key_of_another_request(self):
        admin = self.client("admin")
        key = secrets.token_hex(16)
        admin.must(201, admin.post("/passcodes", {"length": 6, "days": 1},
                                   key=key))
        for path, body in (("/passcodes", {"length": 7, "days": 1}),
                           ("/passcodes", {"length": 6, "days": 2}),
                           ("/clients/tablet/enrolment", None)):
            self.refused(admin.post(path, body, key=key), 422, "KEY_REUSED")
        # Of another client it is another key.
        self.kiosk.must(200, self.kiosk.post("/client/start", key=key))

    def test_key_of_a_request_with_a_secret(self):
        """Nothing of its body is kept: the path alone tells."""
        key = secrets.token_hex(16)
        first = self.kiosk.must(201, self.kiosk.post(
            "/visits", {"mode": "pin"}, key=key))
        where = "/visits/%s/" % first["id"]
        again = self.kiosk.must(201, self.kiosk.post(
            "/visits", {"mode": "pin", "slow": True}, key=key))
        self.assertEqual((again["id"], again["slow"]), (first["id"], False))
        for path, body in ((where + "pin", {"pin": "0000", "tries_left": 3}),
                           (where + "cancellation", None),
                           ("/visits?x=1", {"mode": "pin"})):
            self.refused(self.kiosk.post(path, body, key=key), 422,
                         "KEY_REUSED")
        self.kiosk.do(first["id"], "cancellation")

    def test_guessed_codes_are_held_off(self):
        nobody = self.stand.nobody
        got = [nobody.post("/tokens", {"code": "AAAAA-%05d" % n})
               for n in range(6)]
        self.assertEqual([a.code for a in got], ["CODE"] * 5 + ["TOO_MANY"])
        self.assertEqual((got[5].status, got[5].headers["Retry-After"]),
                         (429, "60"))



if __name__ == "__main__":
    unittest.main()
