"""A stand-in for Microsoft's Bicep compiler, for the tests of `make infra`.

It takes the options, writes the files and prints the diagnostics as the real one does. What it compiles is simpler: a
template is the JSON that it compiles to, a condition is the name of a parameter, and a trailing space is bad format.
"""

import sys
from pathlib import Path

_PROGRAM = """#!{python}
import json, os, pathlib, re, sys

command, *arguments = sys.argv[1:]
option = lambda name: arguments[arguments.index(name) + 1]


def parameters(path):
    text = path.read_text()
    base = re.search(r"^extends '(.+)'", text, re.MULTILINE)
    found = parameters(path.parent / base[1]) if base else {{}}
    for name, value in re.findall(r"^param (\\\\w+) = (.+)$", text, re.MULTILINE):
        read = re.fullmatch(r"readEnvironmentVariable\\\\('(\\\\w+)', '(\\\\w*)'\\\\)", value)
        found[name] = os.environ.get(*read.groups()) if read else json.loads(value)
    return found


def made(template, given):
    every = template["resources"]
    for resource in every.values() if isinstance(every, dict) else every:
        if not resource.get("existing") and given.get(resource.get("condition", ""), True):
            if resource["type"] == "Microsoft.Resources/deployments":
                yield from made(resource["properties"]["template"], given)
            else:
                name = resource["name"].replace("NAME", given["name"])
                kept = {{key: resource[key] for key in ("type", "properties") if key in resource}}
                yield {{"id": f"/{{resource['type']}}/{{name}}", "name": name, **kept}}


if command == "--version":
    print("Bicep CLI version {version} (b34271ac51)")
    sys.exit()
assert pathlib.Path(option("--config")).is_file()
if command == "format":
    for path in pathlib.Path().glob(option("--pattern")):
        path.write_text(re.sub(" +$", "", path.read_text(), flags=re.MULTILINE))
elif command == "lint":
    for path in sorted(pathlib.Path.cwd().glob(option("--pattern"))):
        if "unused" in path.read_text():
            said = f"{{path}}(4,7) : Warning no-unused-params: Parameter \\\\"unused\\\\" is declared but never used. [https://aka.ms]"
            print(said, said, sep="\\\\n\\\\n", file=sys.stderr)
        configured = json.loads(pathlib.Path(option("--config")).read_text())["analyzers"]["core"]["rules"]
        if "2024" in path.read_text() and configured["use-recent-api-versions"]["maxAgeInDays"] < 1095:
            print(f"{{path}}(9,1) : Warning use-recent-api-versions: Newer exist. [https://aka.ms]", file=sys.stderr)
        if "broken" in path.read_text():
            sys.exit(f"{{path}}(1,1) : Error BCP007: This declaration type is not recognized. [https://aka.ms]")
elif command == "build":
    print(pathlib.Path(arguments[0]).read_text())
elif command == "snapshot":
    path = pathlib.Path(arguments[0])
    template = json.loads((path.parent / re.search("using '(.+)'", path.read_text())[1]).read_text())
    given = parameters(path)
    outputs = {{"group": option("--resource-group"), "environment": os.environ["AZURE_ENV_NAME"]}}
    outputs["base"] = given["name"]
    content = {{"predictedResources": list(made(template, given)), "diagnostics": [], "outputs": outputs}}
    path.with_suffix(".snapshot.json").write_text(json.dumps(content))
"""


def write(path: Path, version: str) -> Path:
    """Writes the program, which says that it is this version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_PROGRAM.replace("\\\\", "\\").format(python=sys.executable, version=version))
    path.chmod(0o755)
    return path
