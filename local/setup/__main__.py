"""Prepares the checkout: `python3 -m local.setup`, with `--checkers` for what only `make test` needs.

With `--packager` or `--auditor` it does no more than `make package` or `make audit` needs.
Any Python from 3.6 on can run this file, to be told which Python is needed.
"""

import sys

from local.setup.supported_python import refusal


def main() -> None:
    """Check the Python, then install everything; the exit status is 1, with a message on stderr, if that fails."""
    reason = refusal(sys.version_info[:2], sys.executable)
    if reason:
        sys.exit(reason)
    # Imported here because an older Python can't parse it.
    from local.setup.installation import install, install_auditor, install_packager  # noqa: PLC0415
    from local.setup.setup_steps import SetupError  # noqa: PLC0415

    options = sys.argv[1:]
    try:
        if "--packager" in options:
            install_packager()
        elif "--auditor" in options:
            install_auditor()
        else:
            install(checkers="--checkers" in options)
    except SetupError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
