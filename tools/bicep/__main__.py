"""Compiles infra/ and renews the snapshots of what it deploys: `python -m tools.bicep [--validate]` (`make infra`)."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.bicep.compiler import VERSION, Compiler, CompilerError, configuration, found
from tools.bicep.deployments import Deployment, deployments, sources, without_variables
from tools.bicep.diagnostics import diagnostics
from tools.bicep.differences import Content, shortened

ROOT = Path(__file__).resolve().parent.parent.parent
SNAPSHOTS = "tests/infra/snapshots"
FORMATTED = ("infra/**/*.bicep", "infra/**/*.bicepparam", "tests/infra/variants/*.bicepparam")
_KEPT = ("type", "defaultValue", "allowedValues", "minValue", "maxValue", "minLength", "maxLength")


def main() -> None:
    """Renews the files, or, with --validate, says what would change and exits with 1."""
    parser = argparse.ArgumentParser(prog="python -m tools.bicep", description="Compiles infra/.")
    parser.add_argument("--validate", action="store_true", help="change nothing; fail where something would change")
    arguments = parser.parse_args()
    try:
        with TemporaryDirectory() as folder:
            config = configuration(ROOT, os.environ.get("GRAPH_EXTENSION"), Path(folder))
            changed = _run(found(os.environ, ROOT, config), validate=arguments.validate)
    except CompilerError as error:
        sys.exit(str(error))
    sys.exit("\n".join(changed) or None)


def _run(compiler: Compiler, *, validate: bool) -> list[str]:
    environment = without_variables(ROOT, os.environ)
    texts = compiler.format(
        path.relative_to(ROOT).as_posix() for pattern in FORMATTED for path in sorted(ROOT.glob(pattern))
    )
    wrong = [] if validate else [_write(path, text) for path, text in texts.items()]
    compiler.lint("./infra/**/*.bicep")
    made = deployments(ROOT)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        snapshots = dict(
            zip(
                [each.name for each in made],
                pool.map(lambda each: compiler.snapshot(each, {**environment, **each.variables}), made),
                strict=True,
            )
        )
    texts |= {f"{SNAPSHOTS}/{each.name}.json": _json(_content(each, snapshots)) for each in made}
    templates = sorted({each.template for each in made})
    texts[f"{SNAPSHOTS}/parameters.json"] = _json({path: _parameters(compiler.build(path)) for path in templates})
    if validate:
        wrong = [f"{path} is stale: run `make infra`." for path, text in texts.items() if _read(path) != text]
    else:
        for path, text in texts.items():
            _write(path, text)
        _write(f"{SNAPSHOTS}/lock.json", _json(_lock(texts)))
    return [*diagnostics("".join(compiler.said), str(ROOT)), *filter(None, wrong)]


def _content(deployment: Deployment, snapshots: dict[str, Content]) -> Content:
    template = {"template": deployment.template}
    content = snapshots[deployment.name]
    if deployment.base is None:
        return template | content
    return template | shortened(deployment.base, snapshots[deployment.base], content)


def _parameters(template: Content) -> Content:
    return {
        name: {key: given[key] for key in _KEPT if key in given} | {"description": given["metadata"]["description"]}
        for name, given in template["parameters"].items()
    }


def _lock(texts: dict[str, str]) -> Content:
    return {
        "compiler": VERSION,
        "sources": {path.relative_to(ROOT).as_posix(): _hash(path.read_text("utf-8")) for path in sources(ROOT)},
        "snapshots": {path: _hash(text) for path, text in texts.items() if path.startswith(SNAPSHOTS)},
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _json(content: Content) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _read(path: str) -> str:
    file = ROOT / path
    return file.read_text("utf-8") if file.exists() else ""


def _write(path: str, text: str) -> str:
    if _read(path) != text:
        (ROOT / path).write_text(text, "utf-8")
    return ""


if __name__ == "__main__":
    main()
