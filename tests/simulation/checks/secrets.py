"""No secret leaks: no signature and no key is in anything that is stored, logged or returned."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.simulation.checks.check import Check, CheckState
from tests.simulation.world.facts import Said, Stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.simulation.world.facts import Line


_LINKS = "answer to link"
"""The only place for the signature of a download link. There is none for the signature of a grant."""


class NoSecret(Check):
    """No row, input, output, history, exception, log or response has a signature or the account key in it."""

    name = "no secret"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._texts: list[tuple[str, str]] = []

    def see(self, line: Line) -> None:
        match line.fact:
            case Stored(text=text):
                self._texts.append(("row", text))
            case Said(where=where, text=text):
                self._texts.append((where, text))

    def finish(self) -> None:
        signed = self.world.account.signed
        links = {"sig=", *_forms(signature for signature, each in signed.items() if each.blob is not None)}
        others = {*_forms(signature for signature, each in signed.items() if each.blob is None)}
        others |= {*_forms(filter(None, [self.state.settings.account_key]))}
        for where, text in self._texts:
            secrets = others if where == _LINKS else others | links
            found = [secret for secret in secrets if secret in text]
            self.expect(f"{where} has a secret: {text[:300]}", holds=not found)


def _forms(secrets: Iterable[str]) -> Iterator[str]:
    for secret in secrets:
        yield secret
        yield quote(secret, safe="")
