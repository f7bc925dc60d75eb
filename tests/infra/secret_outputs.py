"""Looks for secrets: literals in any deployment file, and values that templates would expose."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from tests.infra.nodes import Call, walk
from tests.infra.values import Fields, Items, Value, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.tree import Tree

FILES = ("infra/**/*", "pipelines/**/*", ".github/**/*", "azure.yaml", "host.json", "local.settings.sample.json")
_SHAPES = {
    "an account key": r"AccountKey=[A-Za-z0-9+/]{20,}|\b[A-Za-z0-9+/]{86}==",
    "a signature": r"[?&]sig=[A-Za-z0-9%+/]{20,}",
    "a signing secret": r"whsec_[A-Za-z0-9+/]{16,}",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "a token": r"\beyJ[A-Za-z0-9_-]{16,}\.|\bgh[pousr]_[A-Za-z0-9]{20,}|\bxox[abp]-[A-Za-z0-9-]{10,}",
    "a client secret": r"\b[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{31,}",
    "a password": r"(?i)(?:password|pwd|client_?secret)[\"']?\s*[:=]\s*[\"'](?![\"'$<{@])[^\"'\s]{6,}[\"']",
}
_WORD = re.compile(r"[A-Za-z0-9+/_~=-]{28,}")
_PUBLIC = re.compile(
    r"[0-9a-f]{40}|[0-9a-f]{64}|(sha(256|512)-)?[0-9a-f]{32,}"  # commits and hashes
    r"|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|-*"
)
_DISORDER = 4.3
"""Bits per character from which a word counts as random: words and paths are below 4.2, keys of 28 characters above."""
_KEEPS_SECRETS = "Microsoft.KeyVault/vaults/secrets"


def check(tree: Tree) -> Iterator[str]:
    """Yields secrets in the files, and secrets that a template exposes."""
    for path in tree.files(*FILES):
        try:
            lines = path.read_text("utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            for what in _literals(line):
                yield f"{tree.label(path)}:{number} looks like {what}"
    yield from _shown(tree)
    yield from _parameters(tree)


def _literals(line: str) -> Iterator[str]:
    for what, shape in _SHAPES.items():
        if re.search(shape, line):
            yield what
    for word in _WORD.findall(re.sub(r"https?://[^\s\"']+", "", line)):
        mixed = re.search("[a-z]", word) and re.search("[A-Z]", word) and len(re.findall("[0-9]", word)) > 1
        if mixed and not _PUBLIC.fullmatch(word) and disorder(word) > _DISORDER:
            yield "a random word"


def disorder(word: str) -> float:
    """The entropy of a word in bits per character."""
    return -sum(count / len(word) * math.log2(count / len(word)) for count in Counter(word).values())


def _shown(tree: Tree) -> Iterator[str]:
    """Keys may only be read into a vault's secret, because other values are stored with the deployment."""
    for file in tree.templates:
        allowed = {id(made.body) for made in file.resources.values() if made.type == _KEEPS_SECRETS}
        for expression in file.expressions():
            for part in walk(expression):
                if not isinstance(part, Call) or id(expression) in allowed:
                    continue
                if re.fullmatch(r"list\w+|getSecret", part.function):
                    yield f"{file.label}:{part.line} {part.function}() outside of a secret of a vault"
    for plan in tree.plans:
        for made in plan.made:
            for where, value in _leaves(made.body, made.type):
                if made.type != _KEEPS_SECRETS and re.search(r"\.list\w+\(\)", text(value)):
                    yield f"{made.where} {where} has a key in it"


def _leaves(value: Value, where: str) -> Iterator[tuple[str, Value]]:
    if isinstance(value, Fields):
        for name, held in value.held.items():
            yield from _leaves(held.value, f"{where}.{name}")
    elif isinstance(value, Items):
        for item in value.values:
            yield from _leaves(item, f"{where}[]")
    else:
        yield where, value


def _parameters(tree: Tree) -> Iterator[str]:
    for file in tree.templates:
        for parameter in file.parameters.values():
            secret = re.search(r"(?i)(secret|password|accountkey|apikey|token)$", parameter.name)
            if secret and "secure" not in parameter.decorators:
                yield f"{file.label}:{parameter.line} {parameter.name} is not @secure()"
            if (
                "secure" in parameter.decorators
                and parameter.default is not None
                and text(getattr(parameter.default, "value", ""))
            ):
                yield f"{file.label}:{parameter.line} {parameter.name} is @secure() and has a default"
        for output in file.outputs.values():
            if re.search(r"(?i)(secret|password|key|token|sas)$", output.name) and "secure" not in output.decorators:
                yield f"{file.label}:{output.line} the output {output.name} shows a secret"
