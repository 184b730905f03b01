"""Checks the API's description: `check_description.py YAML JSON`.

Prints a line for each fault, and fails if there are any.
"""

import json
import sys

import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from strict import resolve, strict


def find(node, path=()):
    """Every object in the document, with its path."""
    if isinstance(node, dict):
        yield path, node
        for name, value in node.items():
            yield from find(value, path + (name,))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from find(value, path + (str(index),))


def examples(document):
    """Every example of a body, parameter or header, with its path and schema."""
    for path, node in find(document):
        if "schema" not in node or "value" in path:
            continue
        if "example" in node:
            yield path, node["example"], node["schema"]
        for name, example in node.get("examples", {}).items():
            yield path + (name,), resolve(document, example)["value"], node["schema"]
    for name, schema in document["components"]["schemas"].items():
        for _, part in find(schema):
            if isinstance(part.get("examples"), list):
                for example in part["examples"]:
                    yield ("schemas", name), example, part


def faults(document, as_json):
    # As text, since the order of the members counts.
    if json.dumps(document) != json.dumps(as_json):
        yield "the JSON says something else than openapi.yaml, or in another order"
    for error in OpenAPIV31SpecValidator(document).iter_errors():
        yield f"not OpenAPI: {error.message} at {'/'.join(map(str, error.absolute_path))}"

    referred = {node["$ref"] for _, node in find(document) if isinstance(node.get("$ref"), str)}
    for kind, parts in document["components"].items():
        for name in parts:
            if kind != "securitySchemes" and f"#/components/{kind}/{name}" not in referred:
                yield f"nothing refers to components/{kind}/{name}"

    exact = strict(json.loads(json.dumps(document)))
    for path, value, schema in examples(exact):
        schema = {**schema, "components": exact["components"]}
        for error in Draft202012Validator(schema).iter_errors(value):
            yield f"the example at {'/'.join(path)} is wrong: {error.message[:300]}"

    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters"}:
            operation = item[method]
            label = f"{method.upper()} {path}"
            scope = operation.get("x-scope")
            if scope and f"Scope: `{scope}`." not in operation["description"]:
                yield f"{label} does not tell its scope"
            if bool(scope) == (operation.get("security") == []):
                yield f"{label} has to have a scope, or to need no key"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as yaml_file, open(
        sys.argv[2], encoding="utf-8"
    ) as json_file:
        text = yaml_file.read()
        found = list(faults(yaml.safe_load(text), json.load(json_file)))
        # Java's SnakeYAML, which Swagger's tools use, reads no document with more than 50 aliases.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            found.append("openapi.yaml has aliases: write them out")
    print("\n".join(found))
    sys.exit(1 if found else 0)
