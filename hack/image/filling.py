"""What the Dockerfile runs, on any root with a Python: no shell, no other program, no library of ours.

`libraries FOLDER` installs the lock, with its hashes; `program FOLDER PACKAGE COMMAND` readies our own code.
"""

import ast
import compileall
import os
import py_compile
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
OLDEST = (3, 11)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
# What no program needs: tests of libraries, and scripts that name a Python of the build.
SURPLUS = ("bin", "*/tests", "*/test", "**/*.pyi", "**/*.c", "**/*.pyx", "**/*.pxd", "**/*.h")


def main() -> None:
    """One of the two, as the arguments say."""
    if sys.version_info < OLDEST:
        sys.exit(f"{sys.executable} is older than Python 3.11: give another BASE")
    match sys.argv[1:]:
        case ["libraries", folder]:
            libraries(Path(folder))
        case ["program", folder, package, command]:
            program(Path(folder), package, command)
        case other:
            sys.exit(f"filling.py: what is {' '.join(other)}?")


def libraries(folder: Path) -> None:
    """Install the locked libraries and compile them."""
    options = shlex.split(os.environ.get("PIP_OPTIONS", ""))
    lock = ["--require-hashes", "--only-binary=:all:", f"--requirement={HERE / 'runtime.txt'}"]
    quiet = ["--quiet", "--no-cache-dir", "--no-compile", "--root-user-action=ignore"]
    subprocess.run([*pip(), "install", *quiet, *options, *lock, f"--target={folder}"], check=True)
    for surplus in [found for pattern in SURPLUS for found in folder.glob(pattern)]:
        remove(surplus)
    with ProcessPoolExecutor() as workers:
        list(workers.map(strip, folder.rglob("*.py"), chunksize=64))
    compile_all(folder)


def strip(module: Path) -> None:
    """Take a module's docstrings away."""
    module.write_bytes(without_docstrings(module.read_bytes()))


def without_docstrings(source: bytes) -> bytes:
    """The same program, each statement on its own line still, with empty docstrings.

    They are the libraries' documentation once more: 6 MiB in every operator's process. Python's own option
    takes the assertions away, too. Columns are bytes of UTF-8:
    https://docs.python.org/3/library/ast.html#ast.AST.col_offset.
    """
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, DOCUMENTED) or not ast.get_docstring(node, clean=False):
            continue
        told = node.body[0]
        first, last = told.lineno - 1, (told.end_lineno or told.lineno) - 1
        after = lines[last][told.end_col_offset :]
        lines[first] = lines[first][: told.col_offset] + b'""' + after
        lines[first + 1 : last + 1] = [b"\n"] * (last - first)
    return b"".join(lines)


def program(folder: Path, package: str, command: str) -> None:
    """Compile a package of ours and give it its command: this very Python, as the only process."""
    script = folder / "bin" / command
    script.parent.mkdir(parents=True)
    script.write_text(
        f"#!{sys.executable}\nfrom {package}.__main__ import main\n\nmain(prog_name={command!r})\n", "utf-8"
    )
    script.chmod(0o755)
    compile_all(folder)


def pip() -> list[str]:
    """The root's own pip, else the one that lies beside the wheels: a wheel can be run as it is."""
    if (wheel := next(HERE.glob("wheels/pip-*.whl"), None)) is not None:
        return [sys.executable, str(wheel / "pip")]
    return [sys.executable, "-m", "pip"]


def compile_all(folder: Path) -> None:
    """By hash and unchecked: copying a layer may change times, and the root is read-only afterwards."""
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(folder, quiet=1, workers=0, invalidation_mode=mode):
        sys.exit(f"{folder} cannot be compiled")


def remove(path: Path) -> None:
    """A file or a folder, which may be gone with its parent."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
