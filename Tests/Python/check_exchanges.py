"""Holds answers and events to a description: `check_exchanges.py openapi.yaml`.

Standard input is a JSON array of `{"operation": ID, "status": 200, "body": …}` and
`{"event": TYPE, "body": …}`. Every object has to be described in full: no member that the description
lacks, none missing that it requires. Prints what is wrong, a line each, and fails if anything is.
"""

import json
import sys

from jsonschema import Draft202012Validator

from strict import load, resolve, strict


def schema_of(document, exchange):
    if "event" in exchange:
        request = document["webhooks"][exchange["event"]]["post"]["requestBody"]
        return request["content"]["application/json"]["schema"]
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and operation["operationId"] == exchange["operation"]:
                response = operation["responses"][str(exchange["status"])]
                return resolve(document, response)["content"]["application/json"]["schema"]
    raise KeyError(exchange["operation"])


def faults(document, exchanges):
    for exchange in exchanges:
        label = exchange.get("event") or f"{exchange['operation']} {exchange['status']}"
        try:
            schema = schema_of(document, exchange)
        except KeyError as missing:
            yield f"{label}: not described: {missing}"
            continue
        validator = Draft202012Validator({**schema, "components": document["components"]})
        for error in validator.iter_errors(exchange["body"]):
            yield f"{label}: {error.json_path}: {error.message[:500]}"


if __name__ == "__main__":
    found = list(faults(strict(load(sys.argv[1])), json.load(sys.stdin)))
    print("\n".join(found))
    sys.exit(1 if found else 0)
