"""What every chapter of the demo works with: a command, what it prints, and a check of what it claims."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hack.world.places import Say, WorldError
from hack.world.worlds import World
from mockcloud import defaults
from mockcloud.client import is_write


def is_for_token(request: dict[str, Any]) -> bool:
    """A token is asked for by POST, and nothing changes by it."""
    return "/oauth2/" in request["path"]


class Stage:
    """A running world, and the means to show what happens in it."""

    def __init__(self, world: World, say: Say) -> None:
        self.world, self.say = world, say
        self.plane, self.cloud = world.plane, world.cloud

    def show(self, *arguments: str, shown: str, stdin: str | None = None) -> None:
        """Run kubectl and say what it prints. Raises KubectlError where it refuses."""
        self.say(f"  $ kubectl {shown}")
        for line in self.plane.kubectl(*arguments, stdin=stdin).splitlines():
            self.say(f"    {line}")

    def look(self, *arguments: str) -> dict[str, Any]:
        """An object, or a list of them, without a word about it."""
        found: dict[str, Any] = json.loads(self.plane.kubectl("get", *arguments, "--output=json"))
        return found

    def wait(self, fact: str, *what: str, seconds: int = 120) -> None:
        """Wait for a condition or a field of objects, as a user's script does. Raises KubectlError."""
        self.plane.kubectl("wait", f"--for={fact}", *what, f"--timeout={seconds}s", seconds=seconds + 10)

    @contextmanager
    def watched(self, *arguments: str, shown: str) -> Iterator[None]:
        """Show what a watching kubectl prints while the body runs."""
        self.say(f"  $ kubectl {shown}")
        command = ["sed", "--unbuffered", "s/^/    /"]
        watch = subprocess.Popen(self.plane.kubectl_command(*arguments), stdout=subprocess.PIPE)
        indent = subprocess.Popen(command, stdin=watch.stdout)
        try:
            yield
        finally:
            watch.terminate()
            watch.wait()
            indent.wait()

    @contextmanager
    def without_writes(self, when: str) -> Iterator[None]:
        """Let the body make the operator look, and hold it to having written nothing in Azure."""
        client = self.cloud.client
        mark = client.last_request()
        yield
        asked = [one for one in client.requests(mark) if one["principalId"] == defaults.OPERATOR_PRINCIPAL_ID]
        writes = [
            f"{one['method']} {one['path']}" for one in asked if is_write(one) and not is_for_token(one)
        ]
        self.say(f"    ARM writes and blob writes {when}: {len(writes)} (reads: {len(asked) - len(writes)})")
        if writes:
            raise WorldError(f"settled, and yet the operator wrote: {', '.join(writes)}")
