"""Prints a description for tests, which know more than clients: `strict.py openapi.yaml [ID=ID...]`.

Clients have to ignore fields that they do not know, so the description allows them. Here each object
in an answer or an event has to be described in full, and an error's code has to be one of its answer's
`x-error-codes`. And there is no `default` answer, which stands
for what any path may answer and would let every status pass. Ids of the examples are replaced by those of
things that are there, where they are given.
"""

import json
import sys

import yaml


def load(path, replacements=()):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for replacement in replacements:
        text = text.replace(*replacement.split("="))
    # Aliases are the same object several times, which would be changed several times.
    return json.loads(json.dumps(yaml.safe_load(text)))


def resolve(document, node):
    """The part that `node` refers to, or `node` itself."""
    while "$ref" in node:
        target = document
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name.replace("~1", "/").replace("~0", "~")]
        node = target
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
            self.descend(resolve(self.document, {"$ref": schema["$ref"]}))
        if schema.get("additionalProperties") is True:  # anything goes
            return
        for value in schema.get("properties", {}).values():
            # A schema that only narrows another one describes no whole object.
            if value.keys() & {"type", "$ref", "oneOf", "allOf"}:
                self.seal(value)
        if "items" in schema:
            self.seal(schema["items"])


def narrow(response):
    """Allows no other codes of errors than the response names."""
    if "x-error-codes" in response:
        content = response["content"]["application/json"]
        code = {"properties": {"code": {"enum": response["x-error-codes"]}}}
        content["schema"] = {"allOf": [content["schema"], {"properties": {"error": code}}]}


def strict(document):
    for response in document["components"]["responses"].values():
        narrow(response)
    strictness = Strictness(document)
    for path in document["paths"].values():
        for operation in path.values():
            if not isinstance(operation, dict):  # the path's parameters
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
    json.dump(strict(load(sys.argv[1], sys.argv[2:])), sys.stdout)
