"""Looks for secrets: literals in any deployment file, and values that templates would expose."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.tree import Tree

FILES = (
    "infra/**/*",
    "tests/infra/variants/*",
    "pipelines/**/*",
    ".github/**/*",
    "azure.yaml",
    "host.json",
    "local.settings.sample.json",
)
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
_KEEPS_SECRETS, _ASSIGNMENT = "Microsoft.KeyVault/vaults/secrets", "Microsoft.Authorization/roleAssignments"
_KEYS = re.compile(r"(?<!@)(?<!@\{)\blist[A-Z]\w*\(|\bgetSecret\(")
"""A workflow's own functions come after an @."""
_SECRET = re.compile(r"(?i)(?:secret|password|key|token|sas)$")
_DECLARED = re.compile(r"^((?:@.*\n)*)(param|output) (\w+) ", re.MULTILINE)


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
    for path in tree.files("infra/**/*.bicep"):
        yield from _source(tree.label(path), path.read_text("utf-8"))
    for snapshot in tree.snapshots.values():
        for made in snapshot.resources:
            for where, value in _leaves(made.body, made.where):
                if _KEYS.search(value) and made.type != _KEEPS_SECRETS:
                    yield f"{where} has a key in it"
        for where, value in _leaves(snapshot.outputs, f"{snapshot.name}: outputs"):
            if _KEYS.search(value) or _SECRET.search(where):
                yield f"{where} shows a secret"


def _source(label: str, text: str) -> Iterator[str]:
    """Snapshots have the value of each condition, and this looks at the others too."""
    made = set(re.findall(r"^ *resource \w+ '([\w./]+)@[^']+' = ", text, re.MULTILINE))
    for number, line in enumerate(text.splitlines(), 1):
        if _KEYS.search(line) and made - {_ASSIGNMENT} != {_KEEPS_SECRETS}:
            yield f"{label}:{number} reads a key where more is made than a secret of a vault"
    for decorators, kind, name in _DECLARED.findall(text):
        if _SECRET.search(name) and "@secure()" not in decorators:
            yield f"{label} the {kind} {name} is not @secure()"


def _leaves(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, held in value.items():
            yield from _leaves(held, f"{where}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, where)
    elif isinstance(value, str):
        yield where, value
