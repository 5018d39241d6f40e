"""A local git repository: what a platform team commits to, and what Argo CD reads."""

import os
import subprocess
from pathlib import Path
from typing import Final

BRANCH: Final = "main"
_AUTHOR: Final = ("-c", "user.name=platform", "-c", "user.email=platform@localhost")


class GitRepository:
    """A repository with one branch in a folder. What is written there is seen once it is committed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self._git("init", "--quiet", f"--initial-branch={BRANCH}")

    @property
    def url(self) -> str:
        """Where Argo CD finds it."""
        return self.folder.as_uri()

    def write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")

    def read(self, path: str) -> str:
        return (self.folder / path).read_text("utf-8")

    def remove(self, path: str) -> None:
        (self.folder / path).unlink()

    def commit(self, message: str) -> str:
        """Commit all that was written and removed; the commit's id."""
        self._git("add", "--all")
        self._git(*_AUTHOR, "commit", "--quiet", f"--message={message}")
        return self._git("rev-parse", "HEAD")

    def _git(self, *arguments: str) -> str:
        # The machine's and the user's own settings (hooks, signatures) are none of this repository's.
        env = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()
