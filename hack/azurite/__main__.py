"""`python -m hack.azurite` installs Azurite, or says why it cannot and exits 1."""

import sys

from hack.azurite.installation import install, is_installed
from hack.world.places import WorldError


def main() -> int:
    """Install it where it is not there yet."""
    if is_installed():
        return 0
    print("==> Azurite and Node from npm in .run/azurite (once, about a minute and a half)")
    try:
        install()
    except WorldError as error:
        print(f"{error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
