"""For each line of standard input, the base64 of a text in UTF-8: version, first address and prefix length of
the network in CIDR notation that it is, as numbers; else -."""

import base64
import ipaddress
import re
import sys


def read(text):
    # Python takes zones, netmasks and leading zeros too.
    parts = re.fullmatch(r"([^/%]*)(?:/(0|[1-9][0-9]*))?", text, re.ASCII | re.DOTALL)
    if not parts:
        return "-"
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        return "-"
    return f"{network.version} {int(network.network_address)} {network.prefixlen}"


for line in sys.stdin:
    print(read(base64.b64decode(line).decode("utf-8")))
