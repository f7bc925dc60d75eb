"""Calls the API for hours, through restarts of the app and with tokens that expire: part of certify.py."""

# ruff: noqa: INP001, T201 - part of scripts that print, not a package

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from email.message import Message

CALL_SECONDS = 230.0
"""Azure's own limit for a request. The preflight alone can take a minute."""
PATIENCE_SECONDS = 900.0
"""How long a call is repeated while the app is away, as it is while a deployment replaces it."""
PAUSE_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 300.0
AWAY = frozenset({408, 429, 500, 502, 503, 504})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the token is for the API only."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect())


class NoTokenError(Exception):
    """There is no token for the API yet: Entra ID can take minutes until it knows a new registration and its roles.

    `after` is how many seconds to wait before asking again.
    """

    def __init__(self, reason: str, after: float = PAUSE_SECONDS) -> None:
        super().__init__(reason)
        self.after = after


class Answer(NamedTuple):
    """A response: its status, its headers and its JSON, None if it has none."""

    status: int
    headers: Message
    body: Any


class Tokens:
    """Tokens for the API, new ones for as long as they are asked for.

    A job of GitHub Actions may ask for its own identity token until it ends, and Entra ID gives an access token for
    that. The Azure CLI could not: it keeps the identity token that it was signed in with, which lives for minutes
    (Azure/azure-cli#28708). Everywhere else the token comes from the variable TOKEN, or from the Azure CLI.
    """

    def __init__(self, audience: str) -> None:
        self._audience = audience
        self._token = ""
        self._until = 0.0

    def get(self) -> str:
        """A token that is valid for five more minutes, as far as is known.

        Raises:
            NoTokenError: Entra ID gives none.
        """
        if not self._token or time.monotonic() > self._until:
            self._renew()
        return self._token

    def forget(self) -> None:
        """Lets the next call get another token."""
        self._token = ""

    def wait(self, patience: float = PATIENCE_SECONDS) -> None:
        """Waits until there is a token.

        Raises:
            SystemExit: there is none in time.
        """
        end = time.monotonic() + patience
        while True:
            try:
                self.get()
            except NoTokenError as error:
                if time.monotonic() > end:
                    sys.exit(f"{error}, for {patience:.0f} seconds.")
                print(f"Not yet: {error}.", file=sys.stderr, flush=True)
                time.sleep(error.after)
            else:
                return

    def _renew(self) -> None:
        try:
            self._token, seconds = self._new()
        except OSError as error:
            raise NoTokenError(f"the sign-in does not answer: {error}") from error
        self._until = time.monotonic() + seconds - 300.0

    def _new(self) -> tuple[str, float]:
        """A token, and for how many seconds it is valid."""
        if os.environ.get("TOKEN"):
            return os.environ["TOKEN"], float("inf")
        if os.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL"):
            return self._exchanged(_identity_token())
        said = _az("account", "get-access-token", "--resource", self._audience, "--query", "accessToken")
        return said, 900.0  # the CLI's own cache knows better

    def _exchanged(self, assertion: str) -> tuple[str, float]:
        """Entra ID's access token for an identity token, and for how many seconds it is valid."""
        authority = os.environ.get("AZURE_AUTHORITY_HOST") or _az(
            "cloud", "show", "--query", "endpoints.activeDirectory"
        )
        fields = {
            "grant_type": "client_credentials",
            "client_id": os.environ["AZURE_CLIENT_ID"],
            "scope": f"{self._audience}/.default",
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion,
        }
        url = f"{authority.rstrip('/')}/{os.environ['AZURE_TENANT_ID']}/oauth2/v2.0/token"
        answer = _send("POST", url, urllib.parse.urlencode(fields).encode(), {})
        if answer.status != http.HTTPStatus.OK:
            said = answer.body.get("error_description") if isinstance(answer.body, dict) else answer.status
            raise NoTokenError(f"Entra ID gives no token for the API: {said}", pause(answer))
        return answer.body["access_token"], float(answer.body["expires_in"])


def _identity_token() -> str:
    """The token of this job of GitHub Actions, which proves to Entra ID what it is."""
    audience = os.environ.get("AZURE_AUDIENCE") or "api://AzureADTokenExchange"
    url = f"{os.environ['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={urllib.parse.quote(audience, safe='')}"
    bearer = {"Authorization": f"Bearer {os.environ['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"}
    answer = _send("GET", url, None, bearer)
    if answer.status != http.HTTPStatus.OK:
        raise NoTokenError(f"GitHub answered {answer.status} instead of giving this job a token", pause(answer))
    token: str = answer.body["value"]
    return token


class Api:
    """The deployed API at a base URL such as https://your-app.azurewebsites.net/api.

    The constructor raises SystemExit if the URL has no TLS.
    """

    def __init__(self, base: str, tokens: Tokens, patience: float = PATIENCE_SECONDS) -> None:
        parts = urlsplit(base)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            sys.exit("The base URL of the API must start with https://.")
        self._base = base.rstrip("/")
        self._tokens = tokens
        self.patience = patience
        """How many seconds a call is repeated while the app is away."""

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> Answer:
        """The response to a call, which is repeated while the app is away.

        Args:
            method: the HTTP method; each of the API's calls can be repeated.
            path: what follows the base URL, or a whole URL that the API gave (nextLink, Location).
            body: what is sent, as JSON.
            headers: more headers; `Idempotency_Key` is sent as Idempotency-Key.

        Raises:
            SystemExit: the API refuses the call, or the app stays away.
        """
        url = path if "://" in path else f"{self._base}/{path}"
        if not url.startswith(f"{self._base}/"):
            sys.exit("The API names a URL outside its base URL: is PUBLIC_BASE_URL right?")
        sent = json.dumps(body).encode() if body is not None else b"" if method == "POST" else None
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            more["Content-Type"] = "application/json"
        end = time.monotonic() + self.patience
        renewed = False
        while True:
            try:
                answer = _send(method, url, sent, more | {"Authorization": f"Bearer {self._tokens.get()}"})
                reason = f"the API answered {answer.status}"
            except (OSError, http.client.HTTPException, NoTokenError) as error:
                answer, reason = None, str(error)
            if answer and answer.status == http.HTTPStatus.UNAUTHORIZED and not renewed:
                self._tokens.forget()
                renewed = True
                continue
            if answer and not _is_away(answer):
                return answer
            left = end - time.monotonic()
            if left <= 0:
                sys.exit(f"{method} {urlsplit(url).path}: {reason}, for {self.patience:.0f} seconds.")
            print(f"Not yet: {reason}.", file=sys.stderr, flush=True)
            time.sleep(min(pause(answer), left))

    def expect(
        self, statuses: set[int], method: str, path: str, body: dict[str, Any] | None = None, **headers: str
    ) -> Answer:
        """The response to a call that has one of these statuses.

        Raises:
            SystemExit: it has another one; the message is the API's.
        """
        answer = self.call(method, path, body, **headers)
        if answer.status not in statuses:
            sys.exit(f"{method} {path.partition('?')[0].partition('/')[0]}: {answer.status} {_said(answer)}")
        return answer

    def all(self, path: str) -> list[dict[str, Any]]:
        """The items of all pages of a list."""
        found: list[dict[str, Any]] = []
        while path:
            page = self.expect({200}, "GET", path).body
            found += page["value"]
            path = page.get("nextLink") or ""
        return found

    def carry_out(self, method: str, path: str) -> None:
        """Makes a call that changes something, and waits until what it started is done.

        Raises:
            SystemExit: it is refused, or not done after the patience.
        """
        answer = self.expect({200, 202}, method, path)
        end = time.monotonic() + self.patience
        while answer.status == http.HTTPStatus.ACCEPTED:
            if time.monotonic() > end:
                sys.exit(f"{method} is not carried out after {self.patience:.0f} seconds.")
            time.sleep(pause(answer))
            answer = self.expect({200, 202}, "GET", answer.headers["Location"])


def pause(answer: Answer | None) -> float:
    """How many seconds to wait before the next call, as the response says it."""
    text = answer.headers.get("Retry-After", "") if answer else ""
    return min(float(text), LONGEST_PAUSE_SECONDS) if text.isdigit() else PAUSE_SECONDS


def download(url: str, first: int = 0, last: int | None = None) -> bytes:
    """The bytes behind a download link: all, or those from `first` to `last`.

    Raises:
        SystemExit: the range was asked for in vain.
    """
    ranged = {} if last is None else {"Range": f"bytes={first}-{last}"}
    request = urllib.request.Request(url, headers=ranged)  # noqa: S310 - https, or the loopback
    with _opener.open(request, timeout=CALL_SECONDS) as response:
        if ranged and response.status != http.HTTPStatus.PARTIAL_CONTENT:
            sys.exit("A download can't go on where it was: the link gives all or nothing.")
        read: bytes = response.read()
    return read


def _is_away(answer: Answer) -> bool:
    """Whether the app is not there: the platform's own 404 has no error of the API in it."""
    no_app = answer.status == http.HTTPStatus.NOT_FOUND and not (
        isinstance(answer.body, dict) and "error" in answer.body
    )
    return answer.status in AWAY or no_app


def _said(answer: Answer) -> str:
    """The API's error in words."""
    error = (answer.body.get("error") if isinstance(answer.body, dict) else None) or {}
    return f"{error.get('code', '')} {error.get('message', '')}".strip()


def _send(method: str, url: str, sent: bytes | None, headers: dict[str, str]) -> Answer:
    """Sends one request."""
    request = urllib.request.Request(url, method=method, data=sent, headers=headers)  # noqa: S310 - https, or the loopback
    try:
        with _opener.open(request, timeout=CALL_SECONDS) as response:
            return Answer(response.status, response.headers, _json(response.read()))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, _json(error.read()))


def _json(text: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(text)
    except ValueError:
        return None


def _az(*arguments: str) -> str:
    """What the Azure CLI says.

    Raises:
        NoTokenError: it fails; it has said why.
    """
    ran = subprocess.run(["az", *arguments, "--output", "tsv"], stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603, S607 - the CLI on the path
    if ran.returncode:
        raise NoTokenError(f"this failed: az {' '.join(arguments)}")
    return ran.stdout.strip()
