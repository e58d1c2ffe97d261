"""``python -m tests.release.ready``: checks whether the checkout can be released. ``--upload`` says how to upload it.

A release is one commit. Versions agree, the changelog says what is new and how to upgrade, and the list of the public
surface is up to date.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.release.surface import FILE, surface

ROOT = Path(__file__).parents[2]
BOARDS = ("frontend/package.json", "frontend/package/package.json")
_UPLOAD = """Version {version} is ready in dist/. What is left, by hand:
  git tag -s v{version} -m "Setpoint {version}" && git push origin v{version}
  .venv/bin/twine upload dist/setpoint-{version}*
  (cd frontend && npm run package && npm publish dist/setpoint-live/setpoint-live-{version}.tgz)
Attach dist/SHA256SUMS and dist/*.cdx.json to the release."""


def version_of(root: Path) -> str:
    found: str = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return found


def faults_of_versions(root: Path) -> list[str]:
    version = version_of(root)
    found = {name: json.loads((root / name).read_text("utf-8"))["version"] for name in BOARDS}
    return [
        f"{name} has version {each}, pyproject.toml {version}"
        for name, each in found.items()
        if each != version
    ]


def faults_of_changelog(text: str, version: str) -> list[str]:
    parts = re.split(r"^## \[(.+?)\](.*)$", text, flags=re.MULTILINE)
    sections = {parts[at]: (parts[at + 1], parts[at + 2]) for at in range(1, len(parts) - 2, 3)}
    faults = []
    if sections.get("Unreleased", ("", ""))[1].strip():
        faults.append("CHANGELOG.md has entries under [Unreleased]; move them to the version")
    if version not in sections:
        return [*faults, f"CHANGELOG.md has no section [{version}]"]
    dated, body = sections[version]
    if not re.fullmatch(r" - [0-9]{4}-[0-9]{2}-[0-9]{2}", dated):
        faults.append(f"CHANGELOG.md: [{version}] needs its date, as 2026-11-29")
    if "### Upgrade" not in body:
        faults.append(f"CHANGELOG.md: [{version}] needs a part Upgrade")
    return faults


def faults_of_git(version: str) -> list[str]:
    faults = []
    if _git("status", "--porcelain"):
        faults.append("the checkout has changes that are not committed")
    if _git("tag", "--list", f"v{version}"):
        faults.append(f"there is a tag v{version} already")
    return faults


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def main(arguments: list[str]) -> int:
    version = version_of(ROOT)
    if arguments == ["--upload"]:
        print(_UPLOAD.format(version=version))
        return 0
    faults = faults_of_versions(ROOT) + faults_of_git(version)
    faults += faults_of_changelog((ROOT / "CHANGELOG.md").read_text("utf-8"), version)
    if json.loads(FILE.read_text("utf-8")) != surface():
        faults.append("tests/release/surface.json is out of date; run: python -m tests.release.surface")
    for each in faults:
        print(each, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
