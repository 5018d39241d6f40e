"""What a component's text says of registries by name, and the same text with another registry's name.

A text that was published in one registry and promoted to another goes on naming the first. Nothing but the
registry's name changes in a rewriting, and that only where the text refers to a version: comments, order,
quotes and line ends stay byte for byte. So the same text gives the same bytes at every attempt.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from mlregistry_operator.domain.assets.documents import DocumentError, Located, read_mapping
from mlregistry_operator.domain.assets.ids import HERE, AssetId, AssetIdError, mention_in, read_asset_id
from mlregistry_operator.domain.assets.slots import slots_of

_TOLD: Final = 5  # references that one sentence names
_BREAKS: Final = "\r\n\x85\u2028\u2029"
_BEFORE: Final = re.compile(  # anchor, tag, comments, and the header of a block with a comment of its own
    rf"(?:[&!]\S*|#[^{_BREAKS}]*|\s+)*(?:[|>][-+0-9]*[ \t]*(?:#[^{_BREAKS}]*)?)?"
)
_ID: Final = re.compile(r"(?P<scheme>azureml://registries/|mlregistry://)(?P<registry>[^/\s]+)(?=/)")


@dataclass(frozen=True, slots=True)
class Named:
    """A version that a text refers to, as it is written there."""

    field: str
    value: str
    id: AssetId
    relative: bool


class RewritingError(ValueError):
    """A text cannot be written for another registry; the message says why, and what to do."""


def named_in(text: str, registry: str) -> tuple[Named, ...]:
    """Every pinned version that a text of `registry` refers to, in whichever registry; none if unreadable."""
    try:
        return tuple(_named(text, registry))
    except DocumentError:
        return ()


def rewritten(text: str, origin: str, destination: str) -> str:
    """The text with `destination` wherever it refers to a version in `origin`, and not otherwise changed.

    Raises:
        RewritingError: it is no text that can be read, or refers by a spelling that nobody can put right.
    """
    try:
        spans = sorted({(at.start, at.end) for at in _places(text, origin)})
    except DocumentError as error:
        raise RewritingError(str(error)) from error
    pieces, done = [], 0
    for start, end in spans:
        at = _registry_in(text, start, end, origin)
        if at is None:
            raise RewritingError(
                f"Its text spells the reference {text[start:end][:200]!r} with escapes. Publish it in"
                f" {origin} under another version, with the id written plainly."
            )
        pieces += [text[done : at[0]], destination]
        done = at[1]
    return "".join((*pieces, text[done:]))


def _registry_in(text: str, start: int, end: int, origin: str) -> tuple[int, int] | None:
    """Where the value that is written from `start` to `end` has the origin's name; no comment is a value."""
    before = _BEFORE.match(text, start, end)
    found = _ID.finditer(text, before.end() if before else start, end)
    return next((one.span("registry") for one in found if _is_in(one["registry"], origin)), None)


def _named(text: str, registry: str) -> Iterator[Named]:
    for slot in slots_of(read_mapping(text)):
        try:
            found = read_asset_id(slot.value, here=registry) if isinstance(slot.value, str) else None
        except AssetIdError:
            continue
        if found is not None:
            mention = mention_in(str(slot.value))
            relative = mention is not None and not mention.is_elsewhere
            yield Named(slot.field, str(slot.value), found, relative)


def _places(text: str, origin: str) -> Iterator[Located]:
    """Where the text refers to something in the registry `origin` by its name, pinned or not."""
    for slot in slots_of(read_mapping(text)):
        mention = mention_in(slot.value) if isinstance(slot.value, Located) else None
        if isinstance(slot.value, Located) and mention is not None and _is_in(mention.registry, origin):
            yield slot.value


def _is_in(named: str, registry: str) -> bool:
    return named != HERE and named.lower() == registry.lower()


@dataclass(frozen=True, slots=True)
class Wording:
    """What a version's text says, read once: the text never changes. `digest` is the ancestor's, if read."""

    named: tuple[Named, ...] = ()
    digest: str | None = None


def wording_of(text: str, registry: str, *, written_for: str, rewrites: bool = False) -> Wording:
    """What a text of `registry` says once it lies in the registry `written_for`, each thing once."""
    found: dict[tuple[AssetId, bool], Named] = {}
    for one in named_in(text, registry):
        moves = one.relative or (rewrites and one.id.in_registry(registry))
        lies = replace(one, id=replace(one.id, registry=written_for)) if moves else one
        found.setdefault((lies.id, lies.relative), lies)
    return Wording(tuple(found.values()))


def names_others(wording: Wording, registry: str) -> str | None:
    """What is said of a text that refers to versions in other registries than the one it lies in."""
    others = [one for one in wording.named if not one.id.in_registry(registry)]
    if not others:
        return None
    values = list(dict.fromkeys(one.value for one in others))
    rest = f" and {len(values) - _TOLD} more" if len(values) > _TOLD else ""
    asked = ", ".join(sorted({one.id.registry for one in others})[:_TOLD])
    return (
        f"The text itself names {', '.join(values[:_TOLD])}{rest}, so that whoever runs it asks {asked} for"
        f" that, and not {registry}. Publish another version, by source.asset with rewriteReferences: true,"
        " or with mlregistry://./... in the text where it is first published."
    )
