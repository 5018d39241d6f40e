"""The examples of the repository, as the documentation shows them."""

from pathlib import Path
from typing import Final

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"


# How a block of each sort begins; a component's specification is in Azure's words.
_BLOCKS: Final = {".yaml": "yaml", ".yml": 'yaml title="Azure Machine Learning"', ".py": "python"}


def files_below() -> str:
    """Every file in the order of its path, each in full."""
    found = [file for file in EXAMPLES.rglob("*") if file.suffix in _BLOCKS]
    files = sorted(found, key=lambda file: (file.suffix != ".yaml", len(file.parts), file))
    return "".join(map(_shown, files)) + "\n"


def _shown(file: Path) -> str:
    return f"\n## {_path(file)}\n\n```{_BLOCKS[file.suffix]}\n{file.read_text('utf-8')}```\n"


def _path(file: Path) -> str:
    return f"examples/{file.relative_to(EXAMPLES).as_posix()}"
