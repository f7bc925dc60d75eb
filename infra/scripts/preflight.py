"""Checks that a deployment can really export: python3 preflight.py API [--audience URI] [--wait SECONDS].

It calls POST {api}/preflight, waits while the app is still starting, and prints the report as a table. In GitHub
Actions and Azure Pipelines it also annotates each warning and failure. The exit code is 1 if a check failed or if no
report arrived in time.

The caller needs the role Exports.Operate. Its token comes from the environment variable TOKEN, or else from the Azure
CLI for --audience. With AUTH_MODE=functionKey, set FUNCTION_KEY to the key.
"""

# ruff: noqa: INP001, T201 - a script that prints, not a package

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
"""Azure's timeout for a request; the preflight itself takes a minute at most."""
PAUSE_SECONDS = 5.0
STARTING = frozenset({404, 408, 429, 500, 502, 503, 504})
"""Status codes from the platform and the app until the code runs and can reach its records."""
WHAT_TO_DO = {
    404: (
        "The Functions host runs, but it has no such function: either the app's code could not be loaded, or the base "
        "URL of the API is wrong. The reason is in the app's log: see 'The app does not start' in docs/operations.md."
    ),
    503: (
        "The Functions host could not start: it can't read host.json, or can't reach its own storage account. The "
        "reason is in the app's log: see 'The app does not start' in docs/operations.md."
    ),
}
"""What a status means that stays, if the app itself gives no reason."""
AUTHENTICATION_IS_OFF = (
    "The app trusts callers only where the platform gives it WEBSITE_AUTH_ENABLED=True. Look whether authentication is "
    "on (az webapp auth show). If it is off, deploy the app stage. If it is on, this plan doesn't tell the app: set "
    "WEBSITE_AUTH_ENABLED=True as an application setting, and remove it before you ever turn authentication off."
)
"""What to do where the app answers that App Service authentication is off."""
REFUSED_ADDRESS = "x-ms-forbidden-ip"
"""Header with the caller's address, in a refusal by the app's network rules."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the credential is for the app only."""

    def redirect_request(self, *_: object) -> None:
        return None


class _NotYetError(Exception):
    """There is no report yet. The message says why.

    `after` is how many seconds to wait before the next call, and `advice` what to do if nothing changes.
    """

    def __init__(self, reason: str, after: float = PAUSE_SECONDS, advice: str = "") -> None:
        super().__init__(reason)
        self.after = after
        self.advice = advice


def credential(audience: str | None) -> dict[str, str]:
    """The header that authenticates the caller."""
    if key := os.environ.get("FUNCTION_KEY"):
        return {"x-functions-key": key}
    token = os.environ.get("TOKEN")
    if not token:
        if not audience:
            fail("Give --audience to use a token of the Azure CLI, or set TOKEN or FUNCTION_KEY.")
        command = ["az", "account", "get-access-token", "--resource", audience, "--query", "accessToken", "-o", "tsv"]
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - the CLI on the path
        if ran.returncode:
            fail(
                f"The Azure CLI has no token for {audience}. Sign in with an account that has the role Exports.Operate."
            )
        token = ran.stdout.strip()
    return {"Authorization": f"Bearer {token}"}


def ask(api: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Calls the preflight once and returns its report.

    Raises:
        _NotYetError: the app is not up yet.
        SystemExit: it answered with an error that a retry won't cure.
    """
    request = urllib.request.Request(f"{api}/preflight", method="POST", data=b"", headers=dict(headers))  # noqa: S310 - main() has checked the scheme
    try:
        with urllib.request.build_opener(_NoRedirect()).open(request, timeout=ANSWER_SECONDS) as answer:
            report: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code in STARTING:
            text = error.headers.get("Retry-After", "")
            after = float(text) if text.isdigit() else PAUSE_SECONDS
            advice = _error_message(error) or WHAT_TO_DO.get(error.code, "")
            raise _NotYetError(f"the app answered {error.code}", after, advice) from error
        fail(f"The app answered {error.code}. {_error_message(error)}")
    except (OSError, http.client.HTTPException) as error:
        raise _NotYetError(str(error)) from error
    except ValueError as error:
        raise _NotYetError("the response is not JSON") from error
    return report


def report_of(api: str, headers: Mapping[str, str], wait: float) -> dict[str, Any]:
    """The report, asked for until there is one or `wait` seconds have passed."""
    end = time.monotonic() + wait
    while True:
        try:
            return ask(api, headers)
        except _NotYetError as error:
            left = end - time.monotonic()
            if left <= 0:
                fail(f"There is no report after {wait:.0f} seconds: {error}. {error.advice}".rstrip())
            print(f"Not yet: {error}.", file=sys.stderr, flush=True)
            time.sleep(min(error.after, left))


def show(report: Mapping[str, Any]) -> None:
    """Prints the report, and annotates the pipeline with its warnings and failures."""
    checks = report["checks"]
    width = max(len(check["name"]) for check in checks)
    for check in checks:
        print(f"{check['status']:<8} {check['name']:<{width}}  {check['message']}")
        if check["status"] != "Passed":
            annotate("error" if check["status"] == "Failed" else "warning", f"{check['name']}: {check['message']}")
    print(f"\nPreflight: {report['status']}")


def annotate(kind: str, text: str) -> None:
    """Adds an annotation to the pipeline, if one runs this script."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print(f"::{kind} title=Preflight::{_escaped(text, '%25')}")
    if os.environ.get("TF_BUILD") == "True":
        print(f"##vso[task.logissue type={kind}]{_escaped(text, '%AZP25')}")


def fail(message: str) -> NoReturn:
    """Ends the script with an error message."""
    annotate("error", message)
    sys.exit(message)


def _error_message(error: urllib.error.HTTPError) -> str:
    """The message of an error from the API, and what to do. Errors from the platform have no JSON body."""
    address = error.headers.get(REFUSED_ADDRESS)
    if address:
        return (
            f"Its network rules (ALLOWED_NETWORKS) refuse the address {address[:60]}. Run this from a network that may "
            "call the app, or add the runner's. PREFLIGHT=skip leaves it out of a deployment."
        )
    try:
        said: str = json.load(error)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return (
            "Is the token for this app, and its client in ALLOWED_CALLER_CLIENT_IDS?"
            if error.code in {401, 403}
            else ""
        )
    return f"{said} {AUTHENTICATION_IS_OFF}" if "authentication is off" in said else said


def _escaped(text: str, percent: str) -> str:
    """The text on one line, escaped for a pipeline's command."""
    return text.replace("%", percent).replace("\r", "%0D").replace("\n", "%0A")


def main() -> None:
    """Runs the script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("api", help="base URL of the API, such as https://your-app.azurewebsites.net/api")
    parser.add_argument("--audience", help="audience of the token: output apiAudience of the identity stage")
    parser.add_argument("--wait", type=float, default=600, help="how many seconds the app may take to start (600)")
    options = parser.parse_args()
    api = urlsplit(options.api.rstrip("/"))
    if api.scheme != "https" and api.hostname not in LOOPBACK:
        fail("The base URL of the API must start with https://.")
    report = report_of(api.geturl(), credential(options.audience), options.wait)
    show(report)
    sys.exit(report["status"] == "Failed")


if __name__ == "__main__":
    main()
