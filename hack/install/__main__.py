"""`python -m hack.install dist/install.yaml` writes the file; the same chart gives the same bytes."""

import sys
from pathlib import Path

from hack.install.manifests import text


def main(arguments: list[str]) -> None:
    (target,) = (Path(one) for one in arguments)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text(), "utf-8")
    print(f"wrote {target}: kubectl apply --server-side --filename {target}")


if __name__ == "__main__":
    main(sys.argv[1:])
