"""Package.resolved and docs/dependencies.md as a bill of materials; with an argument, whether both name
the same packages, and the same ones as parts of the executable."""

import json
import re
import subprocess
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[2]


def listed():
    """The rows of docs/dependencies.md by name: version, licence, reason; and the names of those under
    "Not in the executable"."""
    rows, excluded, heading = {}, set(), ""
    for line in (root / "docs/dependencies.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("#"):
            heading = line.strip("# ")
        elif line.startswith("| `") and len(cells) == 4:
            name = cells[0].strip("`")
            rows[name] = cells[1:]
            if heading == "Not in the executable":
                excluded.add(name)
    return rows, excluded


def manifest(folder):
    """A package's Package.swift, as SwiftPM understands it."""
    dumped = subprocess.run(
        ["swift", "package", "--package-path", folder, "dump-package"],
        capture_output=True, text=True)
    if dumped.returncode != 0:
        sys.exit(f"sbom: cannot read {folder}/Package.swift: {dumped.stderr}")
    return json.loads(dumped.stdout)


def linked(pins):
    """The packages that the executable has a part of: to which its target leads by those it depends on,
    whatever the platform and traits."""
    ours = "tacohelp"
    folders = {pin["identity"]: root / ".build/checkouts" / Path(pin["location"]).name.removesuffix(".git")
               for pin in pins} | {ours: root}
    manifests, seen, todo = {}, set(), [(ours, ours)]

    def part(package, kind, name):
        if package not in manifests:
            manifests[package] = manifest(folders[package])
        return next((found for found in manifests[package][kind] if found["name"] == name), None)

    while todo:
        package, target = place = todo.pop()
        if place in seen:
            continue
        seen.add(place)
        for dependency in part(package, "targets", target)["dependencies"]:
            [[name, *more]] = dependency.values()
            if part(package, "targets", name) and "product" not in dependency:
                todo.append((package, name))
                continue
            owner = (more[0] if "product" in dependency else name).lower()
            if owner in folders:
                todo += [(owner, other) for other in part(owner, "products", name)["targets"]]
            elif not (more[-1] or {}).get("traits"):
                sys.exit(f"sbom: {package} depends on {name} of {owner}, which is not resolved")
    return {package for package, _ in seen}


def system_version(name):
    try:
        found = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return found.stdout if found.returncode == 0 and found.stdout else None


rows, excluded = listed()
pins = json.loads((root / "Package.resolved").read_text())["pins"]
pinned = {pin["identity"]: pin["state"]["version"] for pin in pins}
packages = {name: row for name, row in rows.items() if re.match(r"\d", row[0])}
for name in sorted(pinned.keys() - packages.keys()):
    print(f"sbom: docs/dependencies.md says nothing of {name}", file=sys.stderr)
for name in sorted(packages.keys() - pinned.keys()):
    print(f"sbom: {name} is in docs/dependencies.md and is not used", file=sys.stderr)
if packages.keys() != pinned.keys():
    sys.exit(1)
unlinked = pinned.keys() - linked(pins)
for name in sorted(unlinked - excluded):
    print(f"sbom: {name} is not in the executable; docs/dependencies.md says it is", file=sys.stderr)
for name in sorted(excluded - unlinked):
    print(f"sbom: {name} is in the executable; docs/dependencies.md says it is not", file=sys.stderr)
if unlinked != excluded:
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
        "scope": "excluded" if name in excluded else "required",
        "externalReferences": [
            {"type": "vcs", "url": pin["location"], "comment": state["revision"]}],
    })
for name, (version, licence, reason) in rows.items():
    if name in packages:
        continue
    component = {
        "type": "library", "name": name, "bom-ref": name, "description": reason, "scope": "required",
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
