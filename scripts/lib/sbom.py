"""Package.resolved and docs/dependencies.md as a bill of materials; with an argument, whether both name
the same packages."""

import json
import re
import subprocess
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[2]


def listed():
    """The rows of docs/dependencies.md by name: version, licence, reason."""
    rows = {}
    for line in (root / "docs/dependencies.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 4:
            rows[cells[0].strip("`")] = cells[1:]
    return rows


def system_version(name):
    try:
        found = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return found.stdout if found.returncode == 0 and found.stdout else None


rows = listed()
pins = json.loads((root / "Package.resolved").read_text())["pins"]
pinned = {pin["identity"]: pin["state"]["version"] for pin in pins}
packages = {name: row for name, row in rows.items() if re.match(r"\d", row[0])}
for name in sorted(pinned.keys() - packages.keys()):
    print(f"sbom: docs/dependencies.md says nothing of {name}", file=sys.stderr)
for name in sorted(packages.keys() - pinned.keys()):
    print(f"sbom: {name} is in docs/dependencies.md and is not used", file=sys.stderr)
if packages.keys() != pinned.keys():
    sys.exit(1)
if len(sys.argv) > 1:
    sys.exit()

components = []
for pin in pins:
    name, state = pin["identity"], pin["state"]
    path = pin["location"].removeprefix("https://").removesuffix(".git")
    components.append({
        "type": "library", "name": name, "version": state["version"],
        "bom-ref": f"{name}@{state['version']}", "purl": f"pkg:swift/{path}@{state['version']}",
        "licenses": [{"expression": rows[name][1]}], "description": rows[name][2],
        "externalReferences": [
            {"type": "vcs", "url": pin["location"], "comment": state["revision"]}],
    })
for name, (version, licence, reason) in rows.items():
    if name in packages:
        continue
    component = {
        "type": "library", "name": name, "bom-ref": name, "description": reason,
        "licenses": [{"license": {"name": licence}}]}
    found = system_version(name)
    if found:
        component |= {"version": found, "purl": f"pkg:deb/debian/{name}@{found}"}
    components.append(component)
source = (root / "Sources/tacohelp/TacoHelp.swift").read_text()
version = re.search(r'version = "([^"]+)"', source).group(1)
print(json.dumps({
    "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
    "metadata": {
        "component": {"type": "application", "name": "tacohelp", "version": version,
                      "bom-ref": f"tacohelp@{version}"}},
    "components": components,
}, indent=2))
