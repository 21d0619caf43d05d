#!/usr/bin/env python3
"""The description that the server gives of itself, held against the standard and against the exchanges on record."""

import gzip
import json
import pathlib
import re
import unittest
from urllib.parse import parse_qsl, urlsplit

import jsonschema
import openapi_spec_validator
import referencing
import referencing.jsonschema

from harness import ROOT, ServerTest

GOLDENS = ROOT / "Tests/APITests/Golden"
# What the goldens mask, and a value of the same kind. A number's mask is a text, so its quotes are part of it.
MASKS = {
    '"<schema_version>"': "1", '"<latency_ms>"': "1", "<id>": "01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f",
    "<time>": "2026-11-21T07:05:09.250Z", "<next>": "AAAAAAAAAAAAAAAAAAAAKg",
}
# Fields of the connection, and those that the cross-origin policy adds when an operator configures it.
BESIDE = re.compile(r"content-type|date|content-length|connection|vary|access-control-.*", re.I)


class Document:
    """An OpenAPI document; answers are held against it as if nothing were allowed that it does not name."""

    def __init__(self, content):
        self.content = content
        resource = referencing.jsonschema.DRAFT202012.create_resource(closed(content))
        self.registry = referencing.Registry().with_resource("urn:api", resource)

    def resolve(self, value):
        while "$ref" in value and len(value) == 1:
            value = self.at(value["$ref"].removeprefix("#/"))
        return value

    def at(self, pointer):
        value = self.content
        for step in pointer.split("/"):
            value = value[step.replace("~1", "/").replace("~0", "~")]
        return value

    def check(self, schema, value):
        jsonschema.Draft202012Validator(
            based(closed(schema)), registry=self.registry,
            format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER).validate(value)

    def operation(self, method, path):
        for template, item in self.content["paths"].items():
            pattern = re.sub(r"\\{[^/]+?\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path):
                return item.get(method.lower())
        return None

    def operations(self):
        for path, item in self.content["paths"].items():
            for method, operation in item.items():
                yield method, path, operation


def closed(schema):
    """The same schema, with objects that hold what they name and nothing else."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        found["unevaluatedProperties"] = False
    return found


def based(schema):
    """References within the document, written so that they are found from outside of it."""
    if isinstance(schema, list):
        return [based(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: "urn:api" + value if key == "$ref" else based(value) for key, value in schema.items()}


def walk(value, path=""):
    yield path, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from walk(child, f"{path}/{key}")


def exchanges(text):
    """Title, method, target, status, header fields and body of each recorded exchange."""
    for entry in re.split(r"^### ", text, flags=re.M)[1:]:
        asked, _, answered = entry.partition("\n--- ")
        title, line = asked.split("\n")[:2]
        head, _, body = answered.partition("\n\n")
        status, *fields = head.split("\n")
        for mask, value in MASKS.items():
            body = body.replace(mask, value)
        method, target = line.split(" ")
        yield title, method, target, int(status), dict(field.split(": ", 1) for field in fields), body.strip()


class Description(ServerTest):
    backend = "sqlite"

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.document = Document(cls.server.call("GET", "/openapi.json").json)

    def test_it_is_openapi(self):
        openapi_spec_validator.validate(self.document.content)
        self.assertRegex(self.document.content["openapi"], r"^3\.1\.")

    def test_every_reference_leads_somewhere_and_everything_shared_is_used(self):
        references = {value["$ref"] for _, value in walk(self.document.content)
                      if isinstance(value, dict) and isinstance(value.get("$ref"), str)}
        for reference in references:
            self.document.at(reference.removeprefix("#/"))
        for kind in ("schemas", "responses"):
            for name in self.document.content["components"][kind]:
                self.assertIn(f"#/components/{kind}/{name}", references)

    def test_every_example_fits_its_schema(self):
        count = 0
        for path, value in walk(self.document.content):
            if not isinstance(value, dict):
                continue
            if "schema" in value:
                examples = [one["value"] for one in value.get("examples", {}).values()]
                for example in examples + ([value["example"]] if "example" in value else []):
                    with self.subTest(path):
                        self.document.check(value["schema"], example)
                    count += 1
            elif isinstance(value.get("examples"), list) and "/properties/" in path:
                for example in value["examples"]:
                    with self.subTest(path):
                        self.document.check(value, example)
                    count += 1
        self.assertGreater(count, 30)

    def test_every_recorded_exchange_is_what_it_says(self):
        seen = set()
        for file in sorted(GOLDENS.glob("*.txt")):
            for title, method, target, status, fields, body in exchanges(file.read_text()):
                with self.subTest(f"{file.name}: {title}"):
                    self.check_exchange(method, target, status, fields, body)
                    seen.add((method, urlsplit(target).path, status))
        self.assertGreater(len(seen), 25)

    def check_exchange(self, method, target, status, fields, body):
        path, query = urlsplit(target)[2:4]
        operation = self.document.operation(method, path)
        if operation is None:
            # No operation: what the description says of all paths.
            if status == 204:
                self.assertEqual(method, "OPTIONS")
            else:
                problem = self.document.content["components"]["schemas"]["Problem"]
                self.document.check(problem, json.loads(body))
                self.assertIn(json.loads(body)["code"], ("not_found", "method_not_allowed", "origin_not_allowed"))
            return
        self.assertIn(str(status), operation["responses"], "a status that is not described")
        response = self.document.resolve(operation["responses"][str(status)])
        described = {name.lower(): self.document.resolve(one) for name, one in response.get("headers", {}).items()}
        for name in fields:
            self.assertTrue(BESIDE.fullmatch(name) or name.lower() in described, f"{name} is not described")
        for name, one in described.items():
            # The server itself adds the request's name, below what the goldens record.
            if one.get("required") and name != "x-request-id":
                self.assertIn(name, {field.lower() for field in fields})
        if status == 200:
            known = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
            self.assertLessEqual({name for name, _ in parse_qsl(query)}, known)
        if not body:
            # Of a stream only the head is recorded.
            self.assertLessEqual(set(response.get("content", {})), {"text/event-stream"})
            return
        content = response["content"][fields["Content-Type"]]
        self.document.check(content["schema"], json.loads(body))

    def test_names_are_unique_and_the_table_of_contents_is_complete(self):
        names = [operation["operationId"] for _, _, operation in self.document.operations()]
        self.assertEqual(len(names), len(set(names)))
        tags = {tag["name"] for tag in self.document.content["tags"]}
        for method, path, operation in self.document.operations():
            self.assertLessEqual(set(operation["tags"]), tags)
            self.assertTrue(operation["summary"], path)
            self.assertIn("security", operation)
        for path in ("/openapi.json", "/docs", "/docs/app.js", "/docs/style.css", "/api/auth/login"):
            self.assertIn(path, self.document.content["paths"])

    def example(self, schema):
        return schema["examples"][0] if "examples" in schema else schema["enum"][0]

    def test_every_listed_path_is_there_and_says_who_may_call(self):
        for method, path, operation in self.document.operations():
            place = path
            for one in operation.get("parameters", []):
                one = self.document.resolve(one)
                if one["in"] == "path":
                    place = place.replace("{%s}" % one["name"], str(self.example(self.document.resolve(one["schema"]))))
            answer = self.server.call(method.upper(), place)
            with self.subTest(f"{method} {path}"):
                self.assertIn(str(answer.status), operation["responses"])
                self.assertNotIn(answer.status, (404, 405))
                # What anybody may call, and what knows who is proven besides, says so with a way that asks for nothing.
                self.assertEqual(answer.status == 401, bool(operation["security"]) and {} not in operation["security"])
                self.assertIn("X-Request-Id", answer.headers)

    def test_what_is_refused_of_messages_is_described(self):
        cases = {
            "a long target": ("/health?" + "x" * 9_000, {}, 414),
            "large fields": ("/health", {"X-Large": "x" * 40_000}, 431),
            "an unknown expectation": ("/health", {"Expect": "the-moon"}, 417),
            "a malformed field": ("/health", {"Content-Length": "x"}, 400),
        }
        responses = self.document.operation("GET", "/health")["responses"]
        for title, (target, fields, status) in cases.items():
            with self.subTest(title):
                answer = self.server.call("GET", target, headers=fields)
                self.assertEqual(answer.status, status)
                response = self.document.resolve(responses[str(status)])
                self.document.check(response["content"][answer.headers["Content-Type"]]["schema"], answer.json)
                for name, field in response["headers"].items():
                    self.assertTrue(name in answer.headers or not self.document.resolve(field)["required"], name)

    def test_documents_are_compressed_for_those_who_ask_and_kept_by_their_tags(self):
        for path in ("/openapi.json", "/docs", "/docs/app.js", "/docs/style.css"):
            with self.subTest(path):
                plain = self.server.call("GET", path)
                packed = self.server.call("GET", path, headers={"Accept-Encoding": "br;q=1, gzip;q=0.5, *;q=0"})
                self.assertNotIn("Content-Encoding", plain.headers)
                self.assertEqual(packed.headers["Content-Encoding"], "gzip")
                self.assertEqual(gzip.decompress(packed.raw), plain.raw)
                self.assertLess(len(packed.raw), len(plain.raw) / 2)
                self.assertNotEqual(plain.headers["ETag"], packed.headers["ETag"])
                for answer, accepted in ((plain, "identity"), (packed, "gzip")):
                    self.assertEqual(answer.headers["Vary"], "Accept-Encoding")
                    self.assertEqual(answer.headers["Cache-Control"], "no-cache")
                    again = self.server.call(
                        "GET", path, headers={"If-None-Match": answer.headers["ETag"], "Accept-Encoding": accepted})
                    self.assertEqual((again.status, again.raw), (304, b""))
                    self.assertEqual(again.headers["ETag"], answer.headers["ETag"])
                    self.assertEqual(again.headers["Vary"], "Accept-Encoding")
                head = self.server.call("HEAD", path, headers={"Accept-Encoding": "gzip"})
                self.assertEqual((head.status, head.raw), (200, b""))
                self.assertEqual(head.headers["Content-Length"], str(len(packed.raw)))

    def test_answers_with_secrets_are_never_compressed(self):
        body = {"username": "wanda", "email": "wanda@example.org", "password": "a long enough secret"}
        answer = self.server.call("POST", "/api/auth/register", body, headers={"Accept-Encoding": "gzip"})
        self.assertEqual(answer.status, 201)
        self.assertNotIn("Content-Encoding", answer.headers)
        self.assertTrue(answer.raw.startswith(b"{"))


if __name__ == "__main__":
    unittest.main()
