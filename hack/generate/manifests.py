"""The examples of the repository, as the documentation shows them."""

from pathlib import Path
from typing import Final

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"


def files_below() -> str:
    """Every file in the order of its path, each in full."""
    files = sorted(EXAMPLES.rglob("*.yaml"), key=lambda file: (len(file.parts), file))
    return "".join(f"\n## {_path(file)}\n\n```yaml\n{file.read_text('utf-8')}```\n" for file in files) + "\n"


def _path(file: Path) -> str:
    return f"examples/{file.relative_to(EXAMPLES).as_posix()}"
