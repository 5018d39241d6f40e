"""JSON that a service might send and never should: real answers with some of it changed."""

from copy import deepcopy
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

STRANGE = st.sampled_from(
    [
        None,
        "",
        "x",
        "None",
        "2026-13-45T99:99:99Z",
        "https://[::1/c/b",
        "//",
        "\x00",
        "\ud7ff",
        0,
        -1,
        10**30,
        1.5,
        True,
        [],
        [None],
        [[]],
        {},
        {"": None},
        {"value": 7},
    ]
)
_DELETED = object()


def a_share(of: float) -> settings:
    """That share of the profile's examples, for what takes long."""
    return settings(max_examples=max(10, int(settings.default.max_examples * of)))


def mutated(body: Any, at_most: int = 3) -> st.SearchStrategy[Any]:
    """The body with up to so many fields gone, or replaced by what does not belong there."""
    changes = st.lists(
        st.tuples(st.integers(0, 10_000), STRANGE | st.just(_DELETED)), min_size=0, max_size=at_most
    )
    return changes.map(lambda chosen: _changed(deepcopy(body), chosen))


def _changed(body: Any, chosen: list[tuple[int, Any]]) -> Any:
    for number, value in chosen:
        places = list(_places(body))
        if not places:
            return value if value is not _DELETED else None
        container, key = places[number % len(places)]
        if value is not _DELETED:
            container[key] = deepcopy(value)
        elif isinstance(container, dict):
            del container[key]
        else:
            container.pop(key)
    return body


def _places(body: Any) -> Any:
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in list(items):
        yield body, key
        yield from _places(value)
