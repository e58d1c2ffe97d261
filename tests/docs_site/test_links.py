"""Links in our documents lead to existing targets."""

from __future__ import annotations

from pathlib import Path

from tests.docs_site.build import ROOT, documents
from tests.docs_site.links import anchors_of, broken_links, links_of


def test_every_link_between_our_documents_leads_somewhere() -> None:
    assert len(documents()) > 50
    assert broken_links(ROOT, documents()) == []


def test_a_link_to_a_file_or_a_heading_that_is_not_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# One `two`: three\n")
    file = tmp_path / "a.md"
    file.write_text(
        "[x](b.md#one-two-three)\n[y](c.md)\n\n![z](b.md#four) [out](https://x.example/c.md)\n[up](../a.md)"
    )
    assert broken_links(tmp_path, [file]) == ["a.md:2: c.md", "a.md:4: b.md#four", "a.md:5: ../a.md"]


def test_code_has_no_links() -> None:
    text = "`[a](b.md)`\n```\n[c](d.md)\n```\n[e](f.md) [`g[0]`](h.md)"
    assert [(each.line, each.target) for each in links_of(text)] == [(5, "f.md"), (5, "h.md")]


def test_headings_of_the_same_name_have_anchors_of_their_own() -> None:
    assert {"a", "a-1"} <= anchors_of("# A\n## A\n")
