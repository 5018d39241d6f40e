"""A root with Python and nothing else, from Debian packages, for a machine that can pull no image.

It has no shell and no package manager. Packages are extracted and not configured, so what a package's
script would have made is made here.
"""

import io
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from hack.controlplane.binaries import cache_root
from hack.image.docker import Docker, ImageError, Say

RELEASE = "bookworm"
PYTHON = "3.11"  # that release's
PACKAGES = ("python3-minimal", "libpython3-stdlib", "ca-certificates", "tzdata")
IMAGE = f"local/python:{PYTHON}-{RELEASE}"
_EDITION = 1  # of what this file makes of the packages
_AUTHORITIES = "./usr/share/ca-certificates/mozilla/"
_SURPLUS = re.compile(
    r"\./usr/share/(doc|man|locale|info|lintian|bash-completion|perl5|menu|bug|dpkg|keyrings)/|"
    r"\./usr/lib/[^/]+/(gconv|perl.*|libdb-5.*)(/|$)|\./usr/lib/python3\.\d+/(pydoc_data|lib2to3|test)/|"
    r"\./usr/s?bin/(?!python3)|\./s?bin/|\./etc/(cron|init|rc|logrotate|alternatives|dpkg)|\./boot|"
    r"\./var/(cache|log)/."
)
_USERS = "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n"
_GROUPS = "root:x:0:\nnonroot:x:65532:\n"


def python_root(docker: Docker, say: Say) -> str:
    """The image's name, after it was made where it is not there."""
    if not docker.has(IMAGE):
        with _archive(say).open("rb") as root:
            docker("import", "--change=ENV PATH=/usr/local/bin:/usr/bin:/bin", "-", IMAGE, stdin=root)
    return IMAGE


def _archive(say: Say) -> Path:
    finished = cache_root() / "images" / f"python-{PYTHON}-{RELEASE}-{_EDITION}.tar"
    if not finished.exists():
        finished.parent.mkdir(parents=True, exist_ok=True)
        say(f"Making a root with Python {PYTHON} from Debian packages in {finished}, once")
        unfinished = finished.with_suffix(f".{os.getpid()}")
        extracted = finished.with_suffix(f".{os.getpid()}.extracted")
        try:
            _extract(extracted)
            with tarfile.open(extracted) as every, tarfile.open(unfinished, "w") as kept:
                _keep(every, kept)
            unfinished.rename(finished)
        finally:
            extracted.unlink(missing_ok=True)
            unfinished.unlink(missing_ok=True)
    return finished


def debian_root(target: Path, variant: str, packages: tuple[str, ...]) -> None:
    """A Debian root as an archive, from this machine's sources of packages. Raises ImageError."""
    command = shutil.which("mmdebstrap")
    if command is None:
        raise ImageError(
            "no image can be pulled, and there is no mmdebstrap to make one: give docker a registry, a base"
            " by `make image BASE=...`, or `apt-get install mmdebstrap`"
        )
    sources = Path("/etc/apt/sources.list.d/debian.sources")
    arguments = [
        f"--variant={variant}",
        f"--include={','.join(packages)}",
        "--format=tar",
        "--quiet",
        RELEASE,
    ]
    origin = [str(sources)] if sources.exists() else []
    done = subprocess.run(
        [command, *arguments, str(target), *origin], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-10:])
        raise ImageError(f"mmdebstrap could not make a root of Debian {RELEASE}:\n{said}")


def _extract(target: Path) -> None:
    debian_root(target, "extract", PACKAGES)


def _keep(every: tarfile.TarFile, kept: tarfile.TarFile) -> None:
    """Copy what a Python program needs, and add what the packages' scripts would have made."""
    authorities = []
    for member in every:
        content = every.extractfile(member) if member.isreg() else None
        if content is not None and member.name.startswith(_AUTHORITIES):
            authorities.append(content.read())
        elif not _SURPLUS.match(member.name):
            kept.addfile(member, content)
    _add(kept, "./etc/ssl/certs/ca-certificates.crt", b"".join(authorities))
    _add(kept, "./etc/passwd", _USERS.encode())
    _add(kept, "./etc/group", _GROUPS.encode())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o644
    archive.addfile(member, io.BytesIO(content))
