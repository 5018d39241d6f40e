"""The scripts need no Lua library, in which alone Argo CD's settings differ from its own repository."""

import pytest
from support.lua import LuaError, run


@pytest.mark.parametrize(
    "script",
    ['return ("a"):upper()', "return string.upper('a')", "return math.max(1, 2)", "return os.date()"],
)
def test_the_tests_give_the_scripts_no_library(script: str) -> None:
    with pytest.raises(LuaError, match="attempt to"):
        run(script, {})


def test_tables_and_lists_come_back_as_they_went_in() -> None:
    thing = {"text": "a", "number": 5001, "yes": True, "list": ["a", {"b": 1}], "inner": {"c": "d"}}

    assert run("return obj", thing) == thing
