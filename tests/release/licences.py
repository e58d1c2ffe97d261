"""``python -m tests.release.licences``: prints the licences of the Python packages that Setpoint needs.

Our wheel contains none of them: pip installs them beside it. So each licence must allow software under Apache-2.0 to
use the unmodified package. The licences come from the packages' metadata.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement

DEVELOPING = ("dev", "docs")
_PERMISSIVE = re.compile(
    r"(MIT|MIT-0|MIT Licen[sc]e|BSD|[23]-Clause BSD License|BSD-[23]-Clause|BSD License|0BSD"
    r"|ISC|ISC License( \(ISCL\))?"
    r"|Apache-2\.0|Apache 2\.0|Apache Software License|APL 2|PSF-2\.0|Zlib|CC0-1\.0)"
)
AS_THEY_ARE = {
    "asyncua": "GNU Lesser General Public License",
    "certifi": "MPL-2.0",
    "pathspec": "Mozilla Public License 2.0",
}
"""Weak copyleft: changes to these packages must be published. We change nothing in them and ship no part of them."""


@dataclass(frozen=True, slots=True)
class NeededPackage:
    """A package, and the part of Setpoint that needs it: an extra, or "" for the whole."""

    name: str
    version: str
    licence: str
    extra: str

    @property
    def is_compatible(self) -> bool:
        known = AS_THEY_ARE.get(self.name)
        return is_permissive(self.licence) or (known is not None and self.licence.startswith(known))


def is_permissive(licence: str) -> bool:
    """Says whether a licence is permissive. ``A OR B`` needs one permissive licence, ``A AND B`` needs both."""
    if " OR " in licence:
        return any(map(is_permissive, licence.split(" OR ")))
    return all(_PERMISSIVE.fullmatch(part.strip(" ()")) for part in licence.split(" AND "))


def licence_of(package: Distribution) -> str:
    """Returns the SPDX expression, or else the first line of the licence text, or else the classifiers."""
    data = package.metadata
    classifiers = [
        each.split(" :: ")[-1] for each in data.get_all("Classifier") or () if "License ::" in each
    ]
    [expression, text] = [(data.get_all(key) or [""])[0] for key in ("License-Expression", "License")]
    return expression or text.strip().split("\n")[0].split("  ")[0] or " AND ".join(classifiers)


def needed_packages() -> list[NeededPackage]:
    """Returns every package that is installed with Setpoint or one of its extras, by name."""
    found: dict[str, NeededPackage] = {}
    seen: set[tuple[str, tuple[str, ...]]] = set()
    extras = distribution("setpoint").metadata.get_all("Provides-Extra") or []
    for extra in ("", *(each for each in extras if each not in DEVELOPING)):
        ahead: list[tuple[str, tuple[str, ...]]] = [("setpoint", (extra,))]
        while ahead:
            requirement = ahead.pop()
            if requirement in seen:
                continue
            seen.add(requirement)
            package = _installed(requirement[0])
            if package is None:
                continue  # needed only on another system or Python
            found.setdefault(
                package.name, NeededPackage(package.name, package.version, package.licence, extra)
            )
            ahead += _requirements(package, requirement[1])
    del found["setpoint"]
    return sorted(found.values(), key=lambda each: each.name.lower())


class _Package:
    """The metadata of an installed package, read once."""

    def __init__(self, package: Distribution) -> None:
        self.name = str(package.metadata["Name"])
        self.version = package.version
        self.licence = licence_of(package)
        self.requires = [Requirement(each) for each in package.requires or ()]


@cache
def _installed(name: str) -> _Package | None:
    try:
        return _Package(distribution(name))
    except PackageNotFoundError:
        return None


def _requirements(package: _Package, extras: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for requirement in package.requires:
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": each}) for each in ("", *extras)):
            yield requirement.name.lower(), tuple(sorted(requirement.extras))


def main() -> int:
    packages = needed_packages()
    for each in packages:
        print(
            f"{each.name} {each.version}: {each.licence}" + (f" (extra {each.extra})" if each.extra else "")
        )
    return 0 if all(each.is_compatible for each in packages) else 1


if __name__ == "__main__":
    sys.exit(main())
