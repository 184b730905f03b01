"""Prints a description for tests, which know more than clients may: `strict.py openapi.yaml`.

Clients have to ignore fields that they do not know, so the description allows them. Here each object
in an answer or an event has to be described in full. And there is no `default` answer, which stands
for what any path may answer and would let every status pass.
"""

import json
import sys

import yaml


def load(path):
    with open(path, encoding="utf-8") as file:
        # Aliases are the same object in several places, which would be changed several times.
        return json.loads(json.dumps(yaml.safe_load(file)))


def resolve(document, node):
    while "$ref" in node and node["$ref"].startswith("#/components/responses/"):
        node = document["components"]["responses"][node["$ref"].rsplit("/", 1)[1]]
    return node


class Strictness:
    def __init__(self, document):
        self.document = document
        self.seen = set()

    def seal(self, schema):
        """Forbids what this schema and those it refers to do not describe."""
        schema.setdefault("unevaluatedProperties", False)
        self.descend(schema)

    def descend(self, schema):
        # Parts of one object (allOf and the like) are sealed together, by who holds them.
        for part in schema.get("allOf", []) + schema.get("oneOf", []) + schema.get("anyOf", []):
            self.descend(part)
        if "$ref" in schema and schema["$ref"] not in self.seen:
            self.seen.add(schema["$ref"])
            self.descend(self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
        if schema.get("additionalProperties") is True:
            return
        for value in schema.get("properties", {}).values():
            if "type" in value or "$ref" in value or "oneOf" in value or "allOf" in value:
                self.seal(value)
        if "items" in schema:
            self.seal(schema["items"])


def strict(document):
    strictness = Strictness(document)
    for path in document["paths"].values():
        for operation in path.values():
            if not isinstance(operation, dict):
                continue
            operation["responses"].pop("default", None)
            for response in operation["responses"].values():
                for content in resolve(document, response).get("content", {}).values():
                    strictness.seal(content["schema"])
    for webhook in document["webhooks"].values():
        for content in webhook["post"]["requestBody"]["content"].values():
            strictness.seal(content["schema"])
    return document


if __name__ == "__main__":
    json.dump(strict(load(sys.argv[1])), sys.stdout)
