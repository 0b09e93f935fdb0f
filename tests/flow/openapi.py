"""host/api/openapi.yaml as the tests use it: its structure, its schemas as
JSON Schema, answers held to them, and requests it does not allow."""

import copy
import datetime
import os
import re
import urllib.parse

import jsonschema
import yaml

from stand import SRC

METHODS = ("get", "post")
PROBLEM = "application/problem+json"
FHIR = "application/fhir+json"


def obj(required, /, **properties):
    """Schema of an object with these members and no other."""
    return {"type": "object", "additionalProperties": False,
            "required": required.split(), "properties": properties}


def mapping(values, names=".*"):
    return {"type": "object", "minProperties": 1,
            "additionalProperties": False,
            "patternProperties": {"^%s$" % names: values}}


def either(*schemas):
    return {"anyOf": list(schemas)}


def of(name):
    return {"$ref": "#/$defs/" + name}


TEXT = {"type": "string", "minLength": 1}
YES = {"type": "boolean"}
COUNT = {"type": "integer", "minimum": 0}
REF = obj("$ref", **{"$ref": {"type": "string", "pattern": "^#/components/"}})
LIST = {"type": "array", "minItems": 1}
CONTENT = mapping(obj("schema", schema=of("schema")), "[a-z]+/[a-z.+-]+")
OPERATION = obj(
    "operationId x-roles summary responses",
    tags={**LIST, "items": TEXT}, operationId={"pattern": "^[a-zA-Z]+$"},
    summary=TEXT, description=TEXT, security={**LIST, "items": {
        "type": "object", "additionalProperties": {"type": "array"}}},
    parameters={**LIST, "items": either(REF, of("parameter"))},
    requestBody=obj("required content", required={"const": True},
                    content=CONTENT),
    responses=mapping(either(REF, of("response")), "(2[0-9][0-9]|default)"),
    **{"x-roles": {"type": "array", "uniqueItems": True, "items": TEXT},
       "x-later": {"const": True}})
# OpenAPI 3.0.3, as far as it is used here: what is not, is a misspelling.
STRUCTURE = {
    **obj("openapi info servers security paths components",
          openapi={"const": "3.0.3"},
          info=obj("title version", title=TEXT, version=TEXT,
                   description=TEXT, license={"type": "object"}),
          servers={**LIST, "items": of("server")}, tags={**LIST, "items": obj(
              "name", name=TEXT, description=TEXT)},
          security={"const": [{"bearer": []}]},
          paths=mapping(obj(
              "", get=OPERATION, post=OPERATION,
              servers={**LIST, "items": of("server")}, parameters={
                  **LIST, "items": either(REF, of("parameter"))}), "/.*"),
          components=obj(
              "securitySchemes parameters responses schemas",
              securitySchemes=mapping(obj("type", type=TEXT, scheme=TEXT)),
              parameters=mapping(of("parameter")),
              responses=mapping(of("response")),
              schemas=mapping(of("schema"), "[A-Z][A-Za-z]*"))),
    "$defs": {
        "server": obj("url", url=TEXT, description=TEXT),
        "response": obj("description content", description=TEXT,
                        content=CONTENT),
        "parameter": {**obj(
            "name in schema", name=TEXT, required=YES, description=TEXT,
            schema=of("schema"), **{"in": {"enum": [
                "path", "query", "header"]}}), "if": {"properties": {
                    "in": {"const": "path"}}}, "then": {
                        "required": ["required"]}},
        "schema": either(REF, obj(
            "", type={"enum": ["object", "array", "string", "integer",
                               "boolean"]},
            properties={"type": "object", "additionalProperties":
                        of("schema")}, additionalProperties=YES,
            required={**LIST, "uniqueItems": True, "items": TEXT},
            items=of("schema"), enum=LIST, pattern=TEXT, format={
                "enum": ["date-time", "binary"]}, minimum=COUNT,
            maximum=COUNT, minLength=COUNT, maxLength=COUNT, minItems=COUNT,
            maxItems=COUNT, nullable=YES,
            allOf={**LIST, "items": of("schema")}, default={},
            description=TEXT)),
    },
}

TIMES = jsonschema.FormatChecker(formats=())


@TIMES.checks("date-time", raises=ValueError)
def is_japanese_time(value):
    """RFC 3339 with the offset of Japan."""
    if not isinstance(value, str):
        return True
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+09:00",
                        value):
        return False
    datetime.datetime.fromisoformat(value)
    return True


def codes():
    """Every code of base/err.h."""
    with open(os.path.join(SRC, "base", "err.h"), encoding="utf-8") as f:
        return set(re.findall(r"(?m)^X\(([A-Z_0-9]+),", f.read()))


class Operation:
    def __init__(self, api, path, method, item):
        node = item[method]
        self.path = path
        self.method = method.upper()
        self.id = node["operationId"]
        self.roles = node["x-roles"]
        self.tag = node["tags"][0]
        self.later = node.get("x-later", False)
        self.open = {} in node.get("security", [])
        self.fhir = path.startswith("/fhir/")
        self.base = "" if "servers" in item else "/api/v1"
        rows = [api.resolve(p) for p in item.get("parameters", []) +
                node.get("parameters", [])]
        self.at = {(p["in"], p["name"]): p for p in rows}
        self.keyed = ("header", "Idempotency-Key") in self.at
        self.holes = [p for p in rows if p["in"] == "path"]
        self.query = [dict(p, schema=api.schema(p["schema"]))
                      for p in rows if p["in"] == "query"]
        body = node.get("requestBody")
        self.body = body and api.schema(
            body["content"]["application/json"]["schema"])
        self.responses = {s: api.resolve(r)["content"]
                          for s, r in node["responses"].items()}
        self.success = [int(s) for s in self.responses if s != "default"]
        self.pattern = re.compile(re.escape(self.base) + re.sub(
            r"\\\{\w+\\\}", "[^/?]+", re.escape(path)))

    def url(self, **holes):
        return self.base + self.path.format(**holes)


class Api:
    """The description, loaded."""

    def __init__(self):
        with open(os.path.join(SRC, "host", "api", "openapi.yaml"),
                  encoding="utf-8") as f:
            self.doc = yaml.safe_load(f)
        self.codes = codes()
        self.answers = {}
        self.described = [Operation(self, path, method, item)
                          for path, item in self.doc["paths"].items()
                          for method in METHODS if method in item]
        self.operations = [op for op in self.described if not op.later]
        self.by_id = {op.id: op for op in self.operations}
        self.problem = self.validator(self.schema(
            {"$ref": "#/components/schemas/Problem"}))

    # -- schemas ----------------------------------------------------------
    def resolve(self, node):
        while "$ref" in node:
            at = self.doc
            for name in node["$ref"].removeprefix("#/").split("/"):
                at = at[name]
            node = at
        return node

    def schema(self, node):
        """As JSON Schema, without references; null where it is nullable."""
        node = self.resolve(node)
        out = {k: v for k, v in node.items() if k not in (
            "description", "default", "nullable")}
        for name in ("items",):
            if name in out:
                out[name] = self.schema(out[name])
        if "allOf" in out:
            out["allOf"] = [self.schema(s) for s in out["allOf"]]
        if "properties" in out:
            out["properties"] = {k: self.schema(v)
                                 for k, v in out["properties"].items()}
        # Of Python's $ a line feed at the end may follow.
        if out.get("pattern", "").endswith("$"):
            out["pattern"] = out["pattern"][:-1] + r"\Z"
        if node.get("nullable"):
            out = either({"type": "null"}, out)
        return out

    @staticmethod
    def validator(schema):
        jsonschema.Draft202012Validator.check_schema(schema)
        return jsonschema.Draft202012Validator(schema, format_checker=TIMES)

    # -- answers ----------------------------------------------------------
    def find(self, method, path):
        """The operation that a request means, or None."""
        for op in self.operations:
            if op.method == method and op.pattern.fullmatch(
                    path.partition("?")[0]):
                return op
        return None

    def check(self, op, answer):
        """Holds an answer to the description; op None: there is none."""
        head = answer.headers
        assert head.get("Cache-Control") == "no-store", head
        assert head.get("X-Content-Type-Options") == "nosniff", head
        kind = head["Content-Type"]
        if answer.status >= 400 and op is not None and op.fhir and \
                kind == FHIR:
            self.check_outcome(answer)
            return
        if answer.status >= 400:
            assert kind == PROBLEM, kind
            self.check_problem(answer)
            return
        content = op.responses[str(answer.status)]
        assert kind.partition(";")[0] in content, kind
        if kind in ("application/json", FHIR):
            self.answer(op, answer.status, content[kind]["schema"]).validate(
                answer.json)

    def answer(self, op, status, schema):
        """The validator of an answer, made once."""
        key = (op.id, status)
        if key not in self.answers:
            self.answers[key] = self.validator(self.schema(schema))
        return self.answers[key]

    def check_outcome(self, answer):
        """FHIR's own form of a refusal, with our code in it."""
        assert answer.json["resourceType"] == "OperationOutcome", answer.json
        issue, = answer.json["issue"]
        assert issue["severity"] == "error", issue
        assert answer.code in self.codes, issue
        assert issue["details"]["text"], issue
        assert (answer.status == 401) == (
            "WWW-Authenticate" in answer.headers), answer.headers

    def check_problem(self, answer):
        problem = answer.json
        self.problem.validate(problem)
        code = problem["code"]
        assert code in self.codes, code
        assert problem["status"] == answer.status, problem
        assert problem["type"] == "urn:shikaku:error:" + code, problem
        assert problem["title"] == problem["text"]["en"], problem
        for name in ("text", "next"):
            for language in ("ja", "en"):
                assert problem[name][language], problem
        wait = answer.headers.get("Retry-After")
        assert (None if wait is None else int(wait)) == problem.get(
            "retry_after"), problem
        assert (answer.status == 401) == (
            "WWW-Authenticate" in answer.headers), answer.headers

    # -- what it does not allow -------------------------------------------
    def wrong_bodies(self, op, good):
        """(name, body) that break the schema of op in one place each."""
        schema = op.body or obj("")
        valid = self.validator(schema).is_valid
        assert valid(good or {}), (op.id, good)
        rows = [("an unknown member", {**(good or {}), "unknown": True})]
        for name in schema.get("required", []):
            rows.append(("without " + name, {
                k: v for k, v in good.items() if k != name}))
        for name, member in schema["properties"].items():
            for what, value in wrong_values(member, (good or {}).get(name)):
                rows.append(("%s %s" % (name, what), {
                    **(good or {}), name: value}))
        rows = [(name, body) for name, body in rows if not valid(body)]
        for name in schema["properties"]:
            assert any(row.startswith(name + " ") for row, _ in rows), name
        return rows


def wrong_values(schema, good):
    """Candidates; those that the schema allows are dropped later."""
    rows = [("null", None), ("a list", []), ("an object", {}),
            ("a number", 1), ("a fraction", 1.5), ("true", True),
            ("a text", "x"), ("an empty text", "")]
    if schema.get("type") == "string":
        text = good if isinstance(good, str) else "0"
        rows += [("a blank", " "), ("Japanese", "資"),
                 ("Japanese at the end", text + "資"),
                 ("a blank at the end", text + " "),
                 ("a line feed at the end", text + "\n"),
                 ("a control character", "\x1b" + text[1:]),
                 ("too long", text * (200 // len(text))),
                 ("longer than allowed", "資" * (
                     schema.get("maxLength", 200) + 1))]
    if schema.get("type") == "integer":
        rows += [("too small", schema["minimum"] - 1),
                 ("too large", schema["maximum"] + 1),
                 ("huge", 2 ** 64 + schema["minimum"]),
                 ("as text", str(schema["minimum"]))]
    return copy.deepcopy(rows)


def wrong_queries(parameter):
    """(name, text after the question mark) that a parameter refuses."""
    schema, name = parameter["schema"], parameter["name"]
    rows = [("twice", "%s=1&%s=1" % (name, name)),
            ("half a character", name + "=%E8%B3"),
            ("too long", name + "=" + "1" * 101)]
    if schema.get("type") == "integer":
        rows += [(what, "%s=%s" % (name, value)) for what, value in (
            ("too small", schema["minimum"] - 1),
            ("too large", schema["maximum"] + 1), ("a word", "x"),
            ("empty", ""), ("a fraction", "1.5"), ("signed", "%2B1"),
            ("huge", 2 ** 64 + 1))]
    elif "pattern" in schema or "enum" in schema:
        rows += [("as " + repr(value), "%s=%s" % (
            name, urllib.parse.quote(value))) for value in (
                "", "x", " ", "0", "資", "2026-02-30", "2026-1-01",
                "20260101", "00000000-0000-4000-8000-00000000000g")
                 if value == "2026-02-30" and "-[0-9]" in schema.get(
                     "pattern", "") or not Api.validator(
                         schema).is_valid(value)]
    return rows
