"""``python -m tests.docs_site.build``: builds the documentation site in site/.

Documents keep their paths in a copy of the tree, so that links between them work on the site as in the repository.
`tests.docs_site.reference` generates the reference pages from the code. A broken link ends the build.
"""

from __future__ import annotations

import gc
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import unquote

from tests.docs_site.links import broken_links, links_of
from tests.docs_site.reference import pages

ROOT = Path(__file__).parents[2]
OUT = ROOT / "site"
SINGLE = (
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CODE_OF_CONDUCT.md",
    "conformance/README.md",
    "conformance/SPEC.md",
    "deploy/README.md",
    "examples/README.md",
    "frontend/package/README.md",
)
GENERATED = Path("docs/reference/generated")
_CONFIG = """[project]
site_name = "Setpoint"
site_description = "A live data layer and board for factories"
docs_dir = "tree"
site_dir = "out"
nav = {nav}
[project.theme]
font = false
features = ["navigation.indexes", "navigation.top", "content.code.copy"]
[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"
toggle = {{ icon = "lucide/sun", name = "Dark" }}
[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"
toggle = {{ icon = "lucide/moon", name = "Light" }}
"""


def documents() -> list[Path]:
    """Returns every document of the repository that belongs to the site."""
    return [ROOT / each for each in SINGLE] + sorted((ROOT / "docs").rglob("*.md"))


def stage(tree: Path) -> None:
    """Copies the documents, what they link to, and the generated pages."""
    needed = {document.relative_to(ROOT) for document in documents()}
    for document in documents():
        for link in links_of(document.read_text("utf-8")):
            linked_file = (document.parent / unquote(link.target.partition("#")[0])).resolve()
            if linked_file.is_file():
                needed.add(linked_file.relative_to(ROOT))
    for path in needed:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, tree / path)
    (tree / GENERATED).mkdir(parents=True)
    for name, text in pages().items():
        (tree / GENERATED / f"{name}.md").write_text(text, "utf-8")
    shutil.copyfile(ROOT / "README.md", tree / "index.md")
    _write_folders(tree)


def _write_folders(tree: Path) -> None:
    """Makes a list of a folder's documents, for links to the folder."""
    for folder in ("docs/decisions", "docs/howto", "docs/reference"):
        listed = [f"- [{title_of(each)}]({each.name})" for each in sorted((tree / folder).glob("*.md"))]
        (tree / folder / "index.md").write_text(
            f"# {folder.rpartition('/')[2].title()}\n\n" + "\n".join(listed) + "\n"
        )


def title_of(document: Path) -> str:
    first = next(
        (line for line in document.read_text("utf-8").splitlines() if line.startswith("# ")), document.stem
    )
    return first.removeprefix("# ").replace("`", "").replace('"', "'")


def nav_of(tree: Path) -> str:
    def entry(path: Path) -> str:
        return f'{{"{title_of(path)}" = "{path.relative_to(tree).as_posix()}"}}'

    def group(name: str, folder: str) -> str:
        found = sorted(each for each in (tree / folder).glob("*.md") if each.name != "index.md")
        return f'{{"{name}" = [{", ".join(map(entry, found))}]}}'

    parts = [
        '{"Setpoint" = "index.md"}',
        '{"Tutorial" = "docs/tutorial.md"}',
        group("How to", "docs/howto"),
        group("Reference", GENERATED.as_posix()),
        group("Explanation", "docs/reference"),
        entry(tree / "conformance/SPEC.md"),
        entry(tree / "ARCHITECTURE.md"),
        group("Decisions", "docs/decisions"),
        entry(tree / "SECURITY.md"),
        entry(tree / "CHANGELOG.md"),
        entry(tree / "CONTRIBUTING.md"),
    ]
    return f"[{', '.join(parts)}]"


def main() -> int:
    started = time.monotonic()
    gc.disable()  # the process ends soon, and makes many small objects
    broken = broken_links(ROOT, documents())
    with tempfile.TemporaryDirectory() as place:
        tree = Path(place) / "tree"
        stage(tree)
        generated = sorted((tree / GENERATED).glob("*.md"))
        broken += broken_links(tree.resolve(), [each.resolve() for each in generated])
        for each in broken:
            print(f"broken link: {each}", file=sys.stderr)
        if broken:
            return 1
        (Path(place) / "zensical.toml").write_text(_CONFIG.format(nav=nav_of(tree)), "utf-8")
        process = subprocess.run(
            [sys.executable, "-m", "zensical", "build", "--clean"], cwd=place, check=False
        )
        if process.returncode != 0:
            return process.returncode
        shutil.rmtree(OUT, ignore_errors=True)
        shutil.copytree(Path(place) / "out", OUT)
    count = sum(1 for _ in OUT.rglob("*.html"))
    print(f"site/: {count} pages in {time.monotonic() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
