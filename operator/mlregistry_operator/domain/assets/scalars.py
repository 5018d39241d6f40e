"""What a scalar of YAML stands for, by the core schema of YAML 1.2.

It has no sexagesimal numbers, no dates, and no `yes` for true, all of which YAML 1.1 has. Numbers are told
from texts, and never worked out: nothing that we read in a document is a number, and the digits of one can be
more than fit into a moment.

Source: YAML 1.2.2, section 10.3.2, https://yaml.org/spec/1.2.2/#core-schema.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_PREFIX: Final = "tag:yaml.org,2002:"
_STRING: Final = "str"
# Each alternative ends within the text or fails at once: none of them is tried in two ways.
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "null": re.compile(r"|~|null|Null|NULL"),
    "bool": re.compile(r"true|True|TRUE|false|False|FALSE"),
    "int": re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    "float": re.compile(
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
    ),
}


class ScalarError(ValueError):
    """A scalar is not what its tag says; the message says so."""


@dataclass(frozen=True, slots=True)
class Other:
    """A scalar that is neither a string nor null: a truth value or a number, as it is written."""

    kind: str
    text: str

    def __str__(self) -> str:
        return self.text


def scalar(text: str, tag: str | None, *, plain: bool) -> str | Other | None:
    """The value of a scalar; `tag` where one is written, `plain` where it stands without quotes.

    Raises:
        ScalarError: the text is none of that tag, or the tag is none of the core schema.
    """
    if tag is None:
        return _resolved(text) if plain else text
    kind = tag.removeprefix(_PREFIX)
    if tag == "!" or kind == _STRING:
        return text
    form = _FORMS.get(kind) if tag.startswith(_PREFIX) else None
    if form is None:
        raise ScalarError(f"the tag {_shown(tag)} is none of YAML's core schema")
    if not form.fullmatch(text):
        raise ScalarError(f"{text[:40]!r} is no {_shown(tag)}")
    return _other(kind, text)


def refuse_collection(tag: str | None, wanted: str) -> None:
    """Raise `ScalarError` where a mapping (`map`) or a list (`seq`) is said to be something else."""
    if tag not in (None, "!", _PREFIX + wanted):
        raise ScalarError(f"the tag {_shown(tag)} is none that YAML's core schema has for this")


def _resolved(text: str) -> str | Other | None:
    kind = next((kind for kind, form in _FORMS.items() if form.fullmatch(text)), None)
    return text if kind is None else _other(kind, text)


def _other(kind: str, text: str) -> Other | None:
    return None if kind == "null" else Other(kind, text)


def _shown(tag: str) -> str:
    return (f"!!{tag.removeprefix(_PREFIX)}" if tag.startswith(_PREFIX) else tag)[:60]
