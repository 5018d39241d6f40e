"""What the cluster tests share: the cluster that `make e2e` made, its Azure, and the release.

They are one story on one cluster, so they run in the order of `STORY`, and stop at the first that fails.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.e2e import Stage

# `make test` needs no Docker.
collect_ignore_glob = [] if os.environ.get("E2E_FOLDER") else ["test_*.py"]

STORY = ("test_install", "test_main_job", "test_losses", "test_upgrade", "test_uninstall")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put them in order, and leave out by name what this cluster has too few nodes for."""
    items.sort(key=_place)
    if os.environ.get("E2E_NODES") == "1":
        left_out = [item for item in items if item.get_closest_marker("nodes")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _place(item: pytest.Item) -> int:
    """Its place in the story; what is none of it comes before, as it was."""
    path = Path(item.location[0])
    return STORY.index(path.stem) if path.parent.name == "e2e" else -1


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The cluster, its Azure and the release."""
    folder = os.environ.get("E2E_FOLDER")
    assert folder, "these tests need a cluster: `make e2e` makes one and runs them"
    return Stage(Path(folder))
