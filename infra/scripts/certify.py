"""Proves a deployment by an export of a test person, and reports it: what .github/workflows/certify.yml runs.

    certify.py name                 prints the variables of a new certification, or of the one called GIVEN_NAME
    certify.py step TITLE COMMAND…  runs a command and records how long it took, and each `== step` that it prints
    certify.py token                waits until Entra ID gives a token for the API, whose registration is new
    certify.py versions             records what is deployed
    certify.py start                runs the preflight and starts the export of TEST_PERSON_ID
    certify.py wait                 waits for its end until WAIT_UNTIL, looks at what arrived, and tries the package,
                                    a hold and the hand-over
    certify.py erase                cancels the export if it runs, and erases what was exported
    certify.py decide               says whether to take the deployment down (AFTERWARDS: when-ended, always, never)
    certify.py report               writes the report; the exit code is 1 if nothing is certified

Each command can be repeated, also by another run: there is one export for each name. The record and the report are in
CERTIFY_FOLDER (certify); neither has anything in it that names or describes a person. The calls of the API need
API_BASE_URL, API_AUDIENCE, AZURE_ENV_NAME and the roles Exports.Operate, Exports.Submit and Exports.Download.
"""

# ruff: noqa: INP001, T201 - a script that prints, not a package

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from certify_api import Api, Tokens, download, pause
from certify_handover import check_hold, hand_over, lift_hold, made_package, package_faults
from certify_record import ENDED, Record, utc_now
from certify_report import Verdict, as_json, as_markdown, verdict

ROOT = Path(__file__).parent.parent.parent
NAME = re.compile(r"c[0-9a-z]{1,7}")
"""The environment's name, which is 8 characters at most (infra/main.bicep)."""
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
LONGEST_WAIT = 285.0
"""Minutes from the start of a run: they leave time to delete everything in the six hours of a job."""
SHORTEST_WAIT_FOR_PACKAGE = 300.0
"""Seconds, where the end of the export came right before WAIT_UNTIL."""
LONGEST_DOWNLOAD = 10_000_000
"""Bytes of a file that is downloaded to compare it with the manifest."""
ENDS = {"Succeeded": 200, "Failed": 424, "Canceled": 410}
"""How GET /exports/{id}/result responds to each end."""


def new_name(run: int) -> str:
    """The name of the certification that this run of the workflow starts: the run's number, written with 36 digits."""
    digits = ""
    while run or not digits:
        run, digit = divmod(run, len(DIGITS))
        digits = DIGITS[digit] + digits
    return f"c{digits[-7:]}"


def name() -> None:
    """Prints the variables of a certification."""
    given = os.environ.get("GIVEN_NAME")
    if not given and not os.environ.get("TEST_PERSON_ID"):
        sys.exit("Set the variable TEST_PERSON_ID: the object id of the person to export.")
    chosen = given or new_name(int(os.environ.get("GITHUB_RUN_ID") or time.time()))
    if not NAME.fullmatch(chosen):
        sys.exit("The name of a certification is c and 1 to 7 lower-case letters or digits.")
    minutes = min(float(os.environ.get("WAIT_MINUTES") or LONGEST_WAIT), LONGEST_WAIT)
    print(f"AZURE_ENV_NAME={chosen}")
    print(f"BASE_NAME={base_name()}")
    print(f"RESOURCE_GROUP=rg-{base_name()}-{chosen}")
    print(f"WAIT_UNTIL={(datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(timespec='seconds')}")


def base_name() -> str:
    """The base of all names."""
    return os.environ.get("BASE_NAME") or "pde"


def opened() -> Record:
    """The record of this certification, with this run in it."""
    record = Record(Path(os.environ.get("CERTIFY_FOLDER") or "certify"), os.environ["AZURE_ENV_NAME"])
    if os.environ.get("GITHUB_RUN_ID"):
        run = "/".join(os.environ[f"GITHUB_{part}"] for part in ("SERVER_URL", "REPOSITORY"))
        run += f"/actions/runs/{os.environ['GITHUB_RUN_ID']}"
        if run not in record.data["runs"]:
            record.put(runs=[*record.data["runs"], run])
    return record


def step(title: str, *command: str) -> None:
    """Runs a command, and exits as it does. Each line `== …` of its output begins a step within it."""
    parts = [(title, utc_now(), time.monotonic())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603 - the workflow's command
        for line in running.stdout or ():
            print(line, end="", flush=True)
            if line.startswith("== "):
                parts.append((f"{title}: {line.removeprefix('== ').strip()}", utc_now(), time.monotonic()))
    record, ended = opened(), time.monotonic()
    for at, (part, started, clock) in enumerate(parts[1:], 2):
        is_last = at == len(parts)
        end = ended if is_last else parts[at][2]
        record.add_step(part, started, end - clock, passed=not running.returncode or not is_last)
    record.add_step(title, parts[0][1], ended - parts[0][2], passed=not running.returncode)
    sys.exit(running.returncode)


def api() -> Api:
    """The deployed API."""
    return Api(os.environ["API_BASE_URL"], Tokens(os.environ["API_AUDIENCE"]))


def token() -> None:
    """Waits until there is a token for the API."""
    with opened().step("Token"):
        Tokens(os.environ["API_AUDIENCE"]).wait()


def versions() -> None:
    """Records what is deployed. The host's version is known only if Azure Resource Manager passes the question on."""
    record = opened()
    pinned = re.search(r"^msgraph-sdk==([\w.]+)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    record.put(
        deployed={
            "parameters": os.environ.get("PARAMETERS_FROM") or "dev",
            "hosting": os.environ.get("HOSTING") or "flexConsumption",
            "region": os.environ.get("LOCATION") or None,
            "commit": os.environ.get("GITHUB_SHA") or None,
        },
        versions={
            "app": api().expect({200}, "GET", "openapi.json").body["info"]["version"],
            "Microsoft Graph SDK": pinned and pinned[1],
            "Functions host": _host_version(),
            "Azure CLI": _asked("az", "version", "--query", '"azure-cli"', "--output", "tsv"),
            "Bicep": _asked("bicep", "--version") or _asked("az", "bicep", "version"),
        },
    )


def _host_version() -> str | None:
    """The version of the Functions host, as it says itself."""
    site = ["az", "functionapp", "show", "--resource-group", os.environ["RESOURCE_GROUP"], "--name"]
    found = _asked(*site, os.environ["FUNCTION_APP_NAME"], "--query", "id", "--output", "tsv")
    root = _asked("az", "cloud", "show", "--query", "endpoints.resourceManager", "--output", "tsv")
    if not found or not root:
        return None
    url = f"{root.rstrip('/')}{found}/hostruntime/admin/host/status?api-version=2022-03-01"
    query = "version || properties.version"
    return _asked("az", "rest", "--method", "get", "--url", url, "--query", query, "--output", "tsv")


def _asked(*command: str) -> str | None:
    """What a program prints, None if it can't say."""
    try:
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - our own arguments
    except FileNotFoundError:
        return None
    return ran.stdout.strip() or None if not ran.returncode else None


def reference() -> str:
    """The reference of the certification's export."""
    return f"certify-{os.environ['AZURE_ENV_NAME']}"


def started(calls: Api) -> dict[str, Any] | None:
    """The certification's export, None if there is none."""
    found: list[dict[str, Any]] = calls.expect({200}, "GET", f"exports?reference={reference()}").body["value"]
    return found[0] if found else None


def record_export(record: Record, calls: Api, export: dict[str, Any]) -> None:
    """Records the export as it is now, with its audit trail."""
    record.add_export(export, calls.all(f"exports/{export['id']}/events"))


def start() -> None:
    """Runs the preflight and starts the export. Repeated, it finds the export that it started before."""
    record, calls = opened(), api()
    with record.step("Preflight"):
        report = calls.expect({200}, "POST", "preflight").body
        record.put(preflight=[{part: check[part] for part in ("name", "status")} for check in report["checks"]])
        for check in report["checks"]:
            print(f"{check['status']:<8} {check['name']}: {check['message']}")
        if report["status"] == "Failed":
            sys.exit("The preflight failed, so nobody is exported.")
    with record.step("Request"):
        subject = {"type": os.environ.get("TEST_PERSON_TYPE") or "user", "id": os.environ["TEST_PERSON_ID"]}
        body = {"subject": subject, "reference": reference()}
        export = calls.expect({202}, "POST", "exports", body, Idempotency_Key=reference()).body
        record_export(record, calls, export)


def wait() -> None:
    """Waits for the end of the export until WAIT_UNTIL, then looks at what arrived."""
    record, calls = opened(), api()
    export = started(calls)
    if export is None:
        sys.exit("No export was started.")
    until, seen = datetime.fromisoformat(os.environ["WAIT_UNTIL"]), ""
    least = calls.patience
    with record.step("Export"):
        while True:
            # An app that is away is waited for as long as the export, and not longer: what follows needs its time.
            calls.patience = max(least, (until - datetime.now(UTC)).total_seconds())
            answer = calls.expect({200}, "GET", f"exports/{export['id']}")
            export = answer.body
            if seen != (seen := f"{export['status']}, {export['stage']}, {len(export['attempts'])} attempts"):
                print(f"{utc_now()} {seen}", flush=True)
            left = (until - datetime.now(UTC)).total_seconds()
            if export["status"] in ENDED or left <= 0:
                break
            time.sleep(min(pause(answer), left))
        calls.patience = least
        record_export(record, calls, export)
    if export["status"] in ENDED:
        with record.step("Files"):
            files = examine(record, calls, export)
        patience = max(SHORTEST_WAIT_FOR_PACKAGE, (until - datetime.now(UTC)).total_seconds())
        with record.step("Package"):
            try_package(record, calls, export, files, patience)
        with record.step("Hold"):
            check_hold(calls, export)
        with record.step("Hand-over"):
            hand_over(calls, export)
        record_export(record, calls, export)


def try_package(
    record: Record, calls: Api, export: dict[str, Any], files: list[dict[str, Any]], patience: float
) -> None:
    """Has a package made for handing over, and looks into it.

    Raises:
        SystemExit: it is not made, or something does not fit.
    """
    package = made_package(calls, export, patience)
    faults = package_faults(calls, export, package, files)
    record.put(package={"zips": len(package["files"]), "totalBytes": package["totalBytes"], "matches": not faults})
    if faults:
        sys.exit(f"The package does not fit: {faults}.")


def examine(record: Record, calls: Api, export: dict[str, Any]) -> list[dict[str, Any]]:
    """Looks at an export that has ended: its result, its manifest, and one of its files. Returns the manifest.

    Raises:
        SystemExit: it did not succeed, or something does not fit.
    """
    calls.expect({ENDS[export["status"]]}, "GET", f"exports/{export['id']}/result")
    if export["status"] != "Succeeded":
        sys.exit(f"The export ended as {export['status']}: {(export['error'] or {}).get('code')}.")
    files = calls.all(f"exports/{export['id']}/files")
    if len(files) != export["files"]["count"]:
        sys.exit("The manifest does not have the number of files that the export tells.")
    hashed = [file for file in files if file["sha256"] and file["size"] <= LONGEST_DOWNLOAD]
    if not hashed:
        record.put(download={"matches": None})
        return files
    file = min(hashed, key=lambda one: one["size"])
    links = calls.expect({200}, "POST", f"exports/{export['id']}/links", {"files": [file["name"]]}).body["value"]
    matches = hashlib.sha256(download(links[0]["url"])).hexdigest() == file["sha256"]
    record.put(download={"matches": matches})
    record_export(record, calls, export)
    if not matches:
        sys.exit("A downloaded file is not the one in the manifest.")
    return files


def erase() -> None:
    """Cancels the export if it runs, and erases what was exported. Without an export it does nothing."""
    record, calls = opened(), api()
    export = started(calls)
    if export is None:
        return
    with record.step("Erasure"):
        if export["status"] not in ENDED:
            calls.carry_out("POST", f"exports/{export['id']}/cancel")
        if export["hold"]:  # left by a run that ended before it lifted it
            lift_hold(calls, export)
        calls.carry_out("DELETE", f"exports/{export['id']}/data")
        record_export(record, calls, calls.expect({200}, "GET", f"exports/{export['id']}").body)


def decide() -> None:
    """Says as an output of the workflow's step whether to take the deployment down.

    A run that goes on with a certification and could learn nothing of its export leaves it alone.
    """
    afterwards = os.environ.get("AFTERWARDS") or "when-ended"
    data = opened().data
    is_known = data["export"] is not None or not os.environ.get("GIVEN_NAME")
    is_over = is_known and verdict(data) is not Verdict.WAITING
    down = afterwards == "always" or (afterwards == "when-ended" and is_over)
    _append("GITHUB_OUTPUT", f"take-down={str(down).lower()}\n")


def report() -> None:
    """Writes the report as Markdown and JSON beside the record, and as the summary of the workflow's run."""
    record = opened()
    said = verdict(record.data)
    folder = Path(os.environ.get("CERTIFY_FOLDER") or "certify")
    text = as_markdown(record.data)
    (folder / "report.md").write_text(text, "utf-8")
    (folder / "report.json").write_text(json.dumps(as_json(record.data), indent=2) + "\n", "utf-8")
    _append("GITHUB_STEP_SUMMARY", text)
    if said is Verdict.WAITING and os.environ.get("GITHUB_ACTIONS") == "true":
        print(f"::warning title=Certification::Not finished. Start it again with the name {record.data['name']}.")
    sys.exit(said is Verdict.NOT_CERTIFIED)


def _append(variable: str, text: str) -> None:
    """Appends text to a file that GitHub Actions names, and prints it elsewhere."""
    if os.environ.get(variable):
        with Path(os.environ[variable]).open("a", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text, end="")


COMMANDS = {one.__name__: one for one in (name, step, token, versions, start, wait, erase, decide, report)}


def main() -> None:
    """Runs the command."""
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:  # noqa: PLR2004 - the script and the command
        sys.exit(__doc__)
    COMMANDS[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    main()
