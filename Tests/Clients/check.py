"""Makes clients from a running server's description, compiles them, and uses them.

`check.py SERVER KEY AGENT_ID FOLDER`: KEY may do everything in the organization of the agent; FOLDER is
empty. openapi-generator makes clients for Python, Go and TypeScript, openapi-python-client another one
for Python. Fails when a generator warns of the description, when a client does not compile, and when one
cannot live the life of a ticket and of a chat.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.request

HERE = pathlib.Path(__file__).parent
TOOLS = pathlib.Path(sys.executable).parent

# The generators say these of every description: that it is OpenAPI 3.1, or has a parameter.
OF_EVERY_DESCRIPTION = ["OpenAPI 3.1 support is still in beta", "Failed to get the schema name: null"]


def run(*command, folder, **environment):
    """Runs a command and returns what it printed; exits with that when it fails."""
    command = [str(part) for part in command]
    done = subprocess.run(
        command, cwd=folder, env=os.environ | environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-6000:]}")
    return done.stdout


def generate(folder):
    configurations = []
    for generator, properties in {
        "python": {"packageName": "tacohelp"},
        "go": {"packageName": "tacohelp", "withGoMod": False},
        "typescript-fetch": {},
    }.items():
        configuration = folder / f"{generator}.json"
        configuration.write_text(json.dumps({
            "generatorName": generator, "inputSpec": str(folder / "openapi.yaml"),
            "outputDir": str(folder / generator), "additionalProperties": properties,
            "globalProperties": {"apiTests": False, "modelTests": False, "apiDocs": False, "modelDocs": False},
        }))
        configurations.append(configuration)
    output = run(
        TOOLS / "openapi-generator-cli", "batch", "--fail-fast", "--threads", 1, *configurations,
        folder=folder)
    yield from (
        line for line in output.splitlines()
        if ("WARN" in line or "ERROR" in line or "Exception" in line)
        and not any(known in line for known in OF_EVERY_DESCRIPTION)
    )
    output = run(
        TOOLS / "openapi-python-client", "generate", "--path", folder / "openapi.json",
        "--output-path", folder / "attrs", folder=folder, PATH=f"{TOOLS}:{os.environ['PATH']}")
    # Without warnings it says what it makes, and no more.
    yield from (line for line in output.splitlines()[1:] if line.strip())


def main(server, key, agent, folder):
    folder = pathlib.Path(folder)
    for name in ["openapi.yaml", "openapi.json"]:
        with urllib.request.urlopen(f"{server}/{name}", timeout=10) as answer:
            (folder / name).write_bytes(answer.read())
    warnings = list(generate(folder))
    if warnings:
        sys.exit("a generator warns:\n" + "\n".join(warnings))

    for package, life in {"python": "life.py", "attrs": "life_attrs.py"}.items():
        run(sys.executable, HERE / life, server, key, agent, folder=folder,
            PYTHONPATH=str(folder / package))

    go = folder / "go"
    (go / "go.mod").write_text("module tacohelp.example/client\n\ngo 1.19\n")
    (go / "life").mkdir()
    shutil.copy(HERE / "life.go", go / "life" / "main.go")
    run("go", "run", "./life", server, key, agent, folder=go)

    # noImplicitAny stays off: compilers before TypeScript 4.9 do not follow what the client checks.
    script = folder / "typescript-fetch"
    shutil.copy(HERE / "life.ts", script)
    run("tsc", "--noEmit", "--strict", "--noImplicitAny", "false", "--target", "es2018",
        "--lib", "es2018,dom", "life.ts", folder=script)


if __name__ == "__main__":
    main(*sys.argv[1:])
