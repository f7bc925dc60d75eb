"""Asks a deployment whether it can really export: python3 preflight.py API [--audience URI] [--wait SECONDS].

It calls POST {api}/preflight, waits while the app is still starting, and prints the report: a table, and in GitHub
Actions and Azure Pipelines an annotation for each warning and fault. The exit code is 1 where the report has a fault,
or where there is none in time.

The caller takes the role Exports.Admin. Its token is TOKEN of the environment, or else the Azure CLI's, for --audience;
with AUTH_MODE=functionKey give the key as FUNCTION_KEY.
"""

# ruff: noqa: INP001, T201 - a script that prints, and no package

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWER_SECONDS = 230.0
"""The longest that Azure lets a call take; the preflight itself takes a minute at most."""
PAUSE_SECONDS = 5.0
STARTING = frozenset({404, 408, 429, 500, 502, 503, 504})
"""What the platform and the app answer until the code runs and its records can be reached."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the credential is for the app alone."""

    def redirect_request(self, *_: object) -> None:
        return None


class _NotYetError(Exception):
    """There is no report yet; the text says why, and `after` how many seconds the app asks to be left alone."""

    def __init__(self, reason: str, after: float = PAUSE_SECONDS) -> None:
        super().__init__(reason)
        self.after = after


def credential(audience: str | None) -> dict[str, str]:
    """The header that the caller shows."""
    if key := os.environ.get("FUNCTION_KEY"):
        return {"x-functions-key": key}
    token = os.environ.get("TOKEN")
    if not token:
        if not audience:
            fail("Give --audience for a token of the Azure CLI, or TOKEN, or FUNCTION_KEY.")
        command = ["az", "account", "get-access-token", "--resource", audience, "--query", "accessToken", "-o", "tsv"]
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - the CLI on the path
        if ran.returncode:
            fail(f"The Azure CLI has no token for {audience}. Sign in as who has the role Exports.Admin.")
        token = ran.stdout.strip()
    return {"Authorization": f"Bearer {token}"}


def ask(api: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """The report of one call.

    Raises:
        _NotYetError: the app is not up yet.
        SystemExit: it answered, but never will with a report.
    """
    request = urllib.request.Request(f"{api}/preflight", method="POST", data=b"", headers=dict(headers))  # noqa: S310 - main() has seen to the scheme
    try:
        with urllib.request.build_opener(_NoRedirect()).open(request, timeout=ANSWER_SECONDS) as answer:
            report: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code in STARTING:
            after = error.headers.get("Retry-After", "")
            raise _NotYetError(
                f"it answers {error.code}", float(after) if after.isdigit() else PAUSE_SECONDS
            ) from error
        fail(f"It answers {error.code}. {_told(error)}")
    except (OSError, http.client.HTTPException) as error:
        raise _NotYetError(str(error)) from error
    except ValueError as error:
        raise _NotYetError("its answer is not JSON") from error
    return report


def report_of(api: str, headers: Mapping[str, str], wait: float) -> dict[str, Any]:
    """The report, asked for until there is one or `wait` seconds are over."""
    end = time.monotonic() + wait
    while True:
        try:
            return ask(api, headers)
        except _NotYetError as error:
            left = end - time.monotonic()
            if left <= 0:
                fail(f"There is no report after {wait:.0f} seconds: {error}.")
            print(f"Not yet: {error}.", file=sys.stderr, flush=True)
            time.sleep(min(error.after, left))


def show(report: Mapping[str, Any]) -> None:
    """Prints the report for people, and what is amiss for the pipeline too."""
    checks = report["checks"]
    width = max(len(check["name"]) for check in checks)
    for check in checks:
        print(f"{check['status']:<8} {check['name']:<{width}}  {check['message']}")
        if check["status"] != "Passed":
            annotate("error" if check["status"] == "Failed" else "warning", f"{check['name']}: {check['message']}")
    print(f"\nPreflight: {report['status']}")


def annotate(kind: str, text: str) -> None:
    """Tells the pipeline that runs this, where one does."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print(f"::{kind} title=Preflight::{_escaped(text, '%25')}")
    if os.environ.get("TF_BUILD") == "True":
        print(f"##vso[task.logissue type={kind}]{_escaped(text, '%AZP25')}")


def fail(message: str) -> NoReturn:
    """Ends the script with a message."""
    annotate("error", message)
    sys.exit(message)


def _told(error: urllib.error.HTTPError) -> str:
    """What an error of the API says; the platform's own say nothing in JSON."""
    try:
        said: str = json.load(error)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return (
            "Is the token for this app, and its client among those that may call?" if error.code in {401, 403} else ""
        )
    return said


def _escaped(text: str, percent: str) -> str:
    """A text in one line, as the commands of pipelines have it."""
    return text.replace("%", percent).replace("\r", "%0D").replace("\n", "%0A")


def main() -> None:
    """Asks, prints, and ends red or green."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("api", help="address of the API, such as https://your-app.azurewebsites.net/api")
    parser.add_argument("--audience", help="what to ask a token for: apiAudience of the identity stage")
    parser.add_argument("--wait", type=float, default=600, help="how many seconds the app may take to start (600)")
    options = parser.parse_args()
    api = urlsplit(options.api.rstrip("/"))
    if api.scheme != "https" and api.hostname not in LOOPBACK:
        fail("The address of the API begins with https://.")
    report = report_of(api.geturl(), credential(options.audience), options.wait)
    show(report)
    sys.exit(report["status"] == "Failed")


if __name__ == "__main__":
    main()
