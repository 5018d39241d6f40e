"""What the image's modules lose: their docstrings, and no statement, assertion or line number."""

import ast
import traceback

import pytest

from hack.image.filling import without_docstrings

PROGRAM = '''\
"""A module's,
over two lines."""
from __future__ import annotations

class Empty:
    """All that it has: ä."""

class Told(Exception):
    r"""Raw,

    with a blank line.
    """  # and a remark

    text = """no docstring"""

def fail(value: int) -> None:
    ("in parentheses "
     "and in two pieces")
    """A second string is a statement."""
    assert value, "kept"

async def nothing(): "on the line of its own function"
'''


def run(source: bytes) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(compile(source, "program.py", "exec"), names)  # noqa: S102 - the program above
    return names


def statements(source: bytes) -> list[tuple[str, int]]:
    """Every statement's kind and line."""
    return [
        (type(one).__name__, one.lineno) for one in ast.walk(ast.parse(source)) if isinstance(one, ast.stmt)
    ]


def test_each_docstring_is_empty_and_all_else_stands() -> None:
    names = run(without_docstrings(PROGRAM.encode()))

    assert [getattr(names[name], "__doc__", None) for name in ("Empty", "Told", "fail", "nothing")] == [
        ""
    ] * 4
    assert names["__doc__"] == ""
    assert getattr(names["Told"], "text", None) == "no docstring"


def test_statements_keep_their_lines() -> None:
    assert statements(without_docstrings(PROGRAM.encode())) == statements(PROGRAM.encode())


def test_an_assertion_still_fails_on_its_own_line() -> None:
    fail = run(without_docstrings(PROGRAM.encode()))["fail"]
    line = PROGRAM.splitlines().index('    assert value, "kept"') + 1

    with pytest.raises(AssertionError) as raised:
        fail(0)  # type: ignore[operator]
    assert traceback.extract_tb(raised.tb)[-1].lineno == line


def test_a_module_without_docstrings_is_left_as_it_is() -> None:
    bare = b"# -*- coding: utf-8 -*-\nvalue = '''text'''\r\n\x0cother = 1\n"

    assert without_docstrings(bare) == bare
