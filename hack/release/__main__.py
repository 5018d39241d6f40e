"""`python -m hack.release`: everything that a version consists of, in `dist/`.

The images, the chart, one file for kubectl, a bill of materials, checksums; with `SIGNING_KEY` a signature.
"""

import gzip
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, cast

import click
import helm_python

from hack.controlplane.runs import ROOT
from hack.image.building import build
from hack.image.docker import Docker, ImageError
from hack.install.manifests import CHART, text
from hack.release.bills import bill
from hack.release.sums import SIGNATURE, KeyUnfitError, sign, write_sums
from mlregistry_operator import __version__

DIST = ROOT / "dist"
LOCK = ROOT / "requirements" / "runtime.txt"


@click.command(help=__doc__)
def main() -> None:
    started = time.monotonic()
    click.echo(f"==> Version {__version__} into {DIST.relative_to(ROOT)}/")
    try:
        images = build(Docker(), os.environ.get("BASE") or None, click.echo)
        shutil.rmtree(DIST, ignore_errors=True)  # only now: a release that cannot be made takes none away
        DIST.mkdir()
        for image in images:
            save(image, DIST / f"{image.replace(':', '-')}-image.tar.gz")
        helm_python.chart.package(CHART, destination=DIST)
        (DIST / "install.yaml").write_text(text(), "utf-8")
        materials = bill(LOCK.read_text("utf-8"), "mlregistry-operator", __version__)
        (DIST / "sbom.cdx.json").write_text(materials, "utf-8")
        finish(write_sums(DIST))
    except (ImageError, KeyUnfitError) as error:
        sys.exit(f"Failed: {error}")
    for path in sorted(DIST.iterdir()):
        click.echo(f"  {path.name:<48} {path.stat().st_size:>12,}")
    click.echo(f"==> done in {time.monotonic() - started:.1f} s")


def save(image: str, target: Path) -> None:
    """What `docker load` takes; the same image gives the same bytes."""
    with (
        subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saving,
        target.open("wb") as file,
        gzip.GzipFile("", "wb", 6, file, mtime=0) as packed,
    ):
        shutil.copyfileobj(cast("IO[bytes]", saving.stdout), packed, 2**20)
    if saving.returncode:
        raise ImageError(f"`docker save {image}` failed")


def finish(sums: Path) -> None:
    """Sign where a key is given, and say so where none is."""
    key = os.environ.get("SIGNING_KEY")
    if key:
        sign(sums, Path(key))
        click.echo(f"  signed: openssl dgst -sha256 -verify PUBLIC_KEY -signature {SIGNATURE} {sums.name}")
    else:
        click.echo("  not signed: no SIGNING_KEY (a PEM key of an elliptic curve or RSA) is given")


if __name__ == "__main__":
    main()
