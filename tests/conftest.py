"""Settings for all tests: examples of property tests, the marker ``full``, and the distribution of files to workers."""

from __future__ import annotations

import gc
import os
import signal
from functools import cache
from pathlib import Path

import pytest
from httpx._config import DEFAULT_TIMEOUT_CONFIG
from tests.examples import load_profile
from tests.limits import pytest_runtest_teardown, pytest_timeout_set_timer
from xdist.scheduler import LoadScopeScheduling

__all__ = ["pytest_runtest_teardown", "pytest_timeout_set_timer"]
_TESTS = Path(__file__).parent

load_profile()

# The objects of loading and collecting the tests never become garbage.
gc.disable()

# httpx times out after 5 s by default. On a busy machine a server may need longer to answer.
DEFAULT_TIMEOUT_CONFIG.connect = DEFAULT_TIMEOUT_CONFIG.read = DEFAULT_TIMEOUT_CONFIG.write = 60.0

# A background job ignores these signals, and so would every process that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# The command line uses the terminal's language. The tests read English unless they choose another.
os.environ["SETPOINT_LANG"] = "en"


_LONGEST = (
    "documentation",
    "workbooks",
    "upgrade",
    "release",
    "integration",
    "contract",
    "security",
    "docs_site",
)
_SHORTEST = ("simulation",)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives every test in tests/full the marker ``full``, so that `make test` skips it. Puts long files first."""
    for item in items:
        if _folder(item.path) == "full":
            item.add_marker(pytest.mark.full)
    items.sort(key=_turn)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@cache
def _folder(file: Path) -> str:
    return file.relative_to(_TESTS).parts[0]


def _turn(item: pytest.Item) -> int:
    """Returns the position of a test. Files that start servers come first and single schedules last, so that no worker
    waits at the end.
    """
    folder = _folder(item.path)
    if folder in _LONGEST:
        return _LONGEST.index(folder)
    return len(_LONGEST) + (folder in _SHORTEST)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Keeps a file on one worker, which starts its servers once. Schedules share nothing, so any worker plays them."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith("tests/simulation/") else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    config.option.loadscopereorder = False  # `_turn` decides the order
    return ByFile(config, log)
