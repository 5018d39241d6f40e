"""An operator that is forked out of a loaded process is one of its own."""

import os
from pathlib import Path

from hack.world.forks import fork


def settings_of(folder: Path, level: str) -> str:
    """What an operator says of its settings, begun with a log level in its environment."""
    log = folder / f"{level}.log"
    process = fork(["settings"], log, {**os.environ, "MLREGISTRY_LOG__LEVEL": level})
    assert process.wait(30)
    return log.read_text("utf-8")


def test_each_forked_operator_has_an_environment_and_a_log_of_its_own(tmp_path: Path) -> None:
    assert "MLREGISTRY_LOG__LEVEL=DEBUG\n" in settings_of(tmp_path, "DEBUG")
    assert "MLREGISTRY_LOG__LEVEL=WARNING\n" in settings_of(tmp_path, "WARNING")
