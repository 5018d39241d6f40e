"""The documentation becomes a site, without a warning and without anything from the network."""

import os
import re
import subprocess
import sys
from pathlib import Path

from hack.controlplane.runs import ROOT
from hack.site.navigation import REST, ordered

FETCHED = re.compile(r'<(?:script|img|iframe|link)\b[^>]*?(?:src|href)="(?:https?:)?//[^"]*"[^>]*>')


def test_the_site_is_built_strictly_and_fetches_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)

    assert built.returncode == 0, built.stderr
    fetched = {
        found for page in tmp_path.rglob("*.html") for found in FETCHED.findall(page.read_text("utf-8"))
    }
    assert not {one for one in fetched if 'rel="canonical"' not in one}
    assert len(list(tmp_path.rglob("*.html"))) > len(list((ROOT / "docs").rglob("*.md")))


def test_a_page_that_is_not_there_is_left_out_of_the_navigation() -> None:
    assert ordered(["index.md", {"Run it": ["gone.md"]}], ["index.md"]) == ["index.md"]


def test_a_page_that_was_forgotten_comes_last() -> None:
    assert ordered(["index.md"], ["index.md", "new.md"]) == ["index.md", {REST: ["new.md"]}]


def test_a_folder_is_all_of_its_pages_but_those_named_before() -> None:
    declared = [{"Decisions": ["adr/README.md", "adr/*"]}]
    pages = ["adr/0001.md", "adr/0002.md", "adr/README.md"]
    assert ordered(declared, pages) == [{"Decisions": ["adr/README.md", "adr/0001.md", "adr/0002.md"]}]
