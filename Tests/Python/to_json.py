"""Prints a YAML document as JSON: `to_json.py FILE`."""

import json
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    document = yaml.safe_load(file)
json.dump(document, sys.stdout, ensure_ascii=False, indent=1)
print()
