"""``make pythons``: the tests without a server, on each Python version that is installed. Others are passed over."""

import nox

nox.options.error_on_missing_interpreters = False


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    session.install("-q", "-c", "constraints.txt", "-e", ".[dev]")
    session.run("pytest", "-q", "tests/unit", "tests/property", "tests/conformance", *session.posargs)
