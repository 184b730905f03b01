"""For each line of standard input, the base64 of some bytes: 1 if they are one JSON text (RFC 8259) in
UTF-8 whose strings are characters, nested no deeper than 128, without a member twice; else 0."""

import base64
import json
import sys


def refuse(word):
    raise ValueError(word)


def pairs_once(pairs):
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a member twice")
    return [[name, member] for name, member in pairs]


def depth(value):
    if isinstance(value, (list, dict)):
        inner = value.values() if isinstance(value, dict) else value
        return 1 + max(map(depth, inner), default=0)
    return 0


def is_valid(data):
    try:
        text = data.decode("utf-8")
        # Pairs, so that no member hides another, and none is there twice; floats and integers as text, so that none is too large.
        value = json.loads(
            text, parse_constant=refuse, parse_float=str, parse_int=str,
            object_pairs_hook=pairs_once)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
        shape = json.loads(text, parse_float=str, parse_int=str)
        return depth(shape) <= 128
    except (ValueError, RecursionError):
        return False


for line in sys.stdin:
    print(int(is_valid(base64.b64decode(line))))
