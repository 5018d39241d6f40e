"""Argo CD's scripts in a Lua 5.1 that has the base library and nothing else: less than Argo CD gives them.

Argo CD's own VM has `table`, `package` and a part of `os` beside; `string` and `math` only for what is built
in.
"""

from typing import Any

from lupa.lua51 import LuaError, LuaRuntime, lua_type

from hack.argocd.scripts import Scripts

# Lua 5.1, section 5.1, without what reads files, loads code or reaches outside the script.
BASE = {
    "assert",
    "error",
    "getmetatable",
    "ipairs",
    "next",
    "pairs",
    "pcall",
    "rawequal",
    "rawget",
    "rawset",
    "select",
    "setmetatable",
    "tonumber",
    "tostring",
    "type",
    "unpack",
    "xpcall",
}

Plain = dict[str, Any]

__all__ = ["LuaError", "act", "actions", "health", "run"]


def health(scripts: Scripts, thing: Plain) -> Plain:
    """What the health script says of an object."""
    return _mapping(run(scripts.health, thing))


def actions(scripts: Scripts, thing: Plain) -> Plain:
    """The actions that are offered for an object."""
    return _mapping(run(scripts.discovery, thing))


def act(scripts: Scripts, action: str, thing: Plain) -> Plain:
    """The object as an action wants it."""
    return _mapping(run(scripts.actions[action], thing))


def run(script: str, thing: Plain) -> Any:
    """What a script returns with `obj` as its only other global. Raises LuaError as Argo CD would."""
    lua = LuaRuntime(unpack_returned_tuples=True, register_eval=False, register_builtins=False)
    lua.execute('getmetatable("").__index = nil')  # the methods of strings are the string library
    names = lua.globals()
    for name in [name for name in names if name not in BASE]:
        names[name] = None
    names["obj"] = _to_lua(lua, thing)
    return _from_lua(lua.execute(script))


def _to_lua(lua: LuaRuntime, value: Any) -> Any:
    if isinstance(value, dict):
        return lua.table_from({key: _to_lua(lua, one) for key, one in value.items()})
    if isinstance(value, list):
        return lua.table_from([_to_lua(lua, one) for one in value])
    return value


def _from_lua(value: Any) -> Any:
    """A table with the keys 1 to n is a list, as in Argo CD's conversion; an empty one is one, too."""
    if lua_type(value) != "table":
        return value
    entries = dict(value.items())
    if list(entries) == list(range(1, len(entries) + 1)):
        return [_from_lua(one) for one in entries.values()]
    return {key: _from_lua(one) for key, one in entries.items()}


def _mapping(value: Any) -> Plain:
    assert isinstance(value, dict), f"a script returns a table with names, not {value!r}"
    return value
