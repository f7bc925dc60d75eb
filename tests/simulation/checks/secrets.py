"""No secret leaks: no signature and no key is in anything that is stored, logged or returned."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.simulation.checks.check import Check, CheckState
from tests.simulation.world.facts import Said, Stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.simulation.world.facts import Line


_LINKS = {"answer to link", "answer to link package"}
"""The only places for the signature of a download link. There is none for that of a grant, or of a copied file."""
_SUBSCRIBED = "answer to subscribe"
"""The only place for what signs the callbacks of a subscription."""
_ENCODED = re.compile(r"[A-Za-z0-9+/=%]{43,}")
"""What may have a signature or a key in it: they are 44 characters of Base64, or longer if they are quoted."""
_HEX = re.compile(r"[0-9a-f]+")
_URL_CODE = "code=SECRET"
"""What the URLs of callbacks have in them."""


class NoSecret(Check):
    """No row, input, output, history, exception, log or response has a signature, a key, or a callback's URL.

    The rows of the table of secrets do, in two columns.
    """

    name = "no secret"
    reads_text = True

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._texts = 0
        self._suspicious: list[tuple[str, str, list[str]]] = []

    def see(self, line: Line) -> None:
        match line.fact:
            case Stored(rows=rows):
                self._look("row", str(rows))
            case Said(where=where, text=text):
                self._look(where, text)

    def finish(self) -> None:
        signed, copied = self.world.account.signed, self.world.account.copied
        links = {*_forms(sig for sig, each in signed.items() if each.blob is not None and sig not in copied)}
        others = {*_forms(sig for sig, each in signed.items() if each.blob is None or sig in copied)}
        others |= {*_forms(filter(None, [self.state.settings.account_key]))}
        signing = {*_forms(secret.removeprefix("whsec_") for secret in self.world.signing_secrets)}
        for where, text, encoded in self._suspicious:
            secrets = others | (set() if where in _LINKS else links) | (set() if where == _SUBSCRIBED else signing)
            found = any(secret in run for run in encoded for secret in secrets)
            rest = _without(signing, text) if where == _SUBSCRIBED else text  # by chance, one ends as a query begins
            found = found or _URL_CODE in text or (where not in _LINKS and "sig=" in rest)
            self.expect(f"{where} has a secret: {text[:300]}", holds=not found)
        self.state.checked[self.name] += self._texts

    def _look(self, where: str, text: str) -> None:
        """Keeps a text that may have a secret in it, until all secrets are known."""
        encoded = [run for run in _ENCODED.findall(text) if not _HEX.fullmatch(run)]
        if encoded or "sig=" in text or _URL_CODE in text:
            self._suspicious.append((where, text, encoded))
        else:
            self._texts += 1


def _without(secrets: Iterable[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "")
    return text


def _forms(secrets: Iterable[str]) -> Iterator[str]:
    for secret in secrets:
        yield secret
        yield quote(secret, safe="")
