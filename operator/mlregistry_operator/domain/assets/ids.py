"""What a version is called: `mlregistry://<registry>/<plural>/<name>/versions/<version>`.

Ours is what we write; `azureml://registries/...` is read as well, with plural or singular kinds, because
Azure's own pages show both. `mlregistry://./...` is a version of the registry that the text itself is in, so
that the text stays true in every registry that it is promoted to. An id without a version names no bytes:
whoever refers to `@latest` or to a label is told which version to write instead.

Source: asset ids of Azure ML registries, https://learn.microsoft.com/azure/machine-learning/how-to-share-models-pipelines-across-workspaces-with-registries.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.patterns import ASSET_WORD, REGISTRY_NAME, matches

OURS: Final = "mlregistry://"
AZURE: Final = "azureml://registries/"
HERE: Final = "."  # in place of a registry's name: the one that the text is in
UNPINNED: Final = "names no version, so what it means can change."
MAX_NAME: Final = 255
MAX_VERSION: Final = 30
_SHOWN: Final = 200  # characters of what somebody wrote that a message repeats

_KINDS: Final = {word: kind for kind in AssetType for word in (kind.plural, kind.value.lower())}
_FORM: Final = "<registry>/<kind>/<name>/versions/<version>"

Newest = Callable[[AssetType, str], str | None]
"""The version of a name (in lower case) that was published last in our registry; None where there is none."""


def nothing_newest(_kind: AssetType, _name: str) -> str | None:
    """Knows no version of anything."""
    return None


class AssetIdError(ValueError):
    """A text names no version; the message says why, and what to write."""


@dataclass(frozen=True, slots=True, order=True)
class AssetKey:
    """One version within one registry, as it is compared: names without case, versions with.

    Build it with `of`; `name` is in lower case.
    """

    type: AssetType
    name: str
    version: str

    @classmethod
    def of(cls, kind: AssetType, name: str, version: str) -> "AssetKey":
        return cls(kind, name.lower(), version)

    def __str__(self) -> str:
        """What follows the registry in an id; messages within one registry say no more."""
        return f"{self.type.plural}/{self.name}/versions/{self.version}"


@dataclass(frozen=True, slots=True)
class AssetId:
    """One version of one asset in one registry, spelled as its owner spells it. Prints as we write it."""

    registry: str
    type: AssetType
    name: str
    version: str

    @property
    def key(self) -> AssetKey:
        """What tells it from the other versions of its registry."""
        return AssetKey.of(self.type, self.name, self.version)

    @property
    def azure(self) -> str:
        """The same in the words of Azure ML, for documents that Azure's tools read too."""
        return f"{AZURE}{self.registry}/{self.type.plural}/{self.name}/versions/{self.version}"

    @property
    def relative(self) -> str:
        """The same for a text that lies in the same registry, whichever that comes to be."""
        return f"{OURS}{HERE}/{self.type.plural}/{self.name}/versions/{self.version}"

    def in_registry(self, registry: str) -> bool:
        """Whether it is in that registry; names of registries compare without case."""
        return self.registry.lower() == registry.lower()

    def __str__(self) -> str:
        """The form that status, conditions and events show."""
        return f"{OURS}{self.registry}/{self.type.plural}/{self.name}/versions/{self.version}"


def is_asset_id(text: str) -> bool:
    """Whether a text means to be an asset id, whatever may be wrong with it."""
    return text.startswith((OURS, AZURE))


def read_asset_id(text: str, newest: Newest = nothing_newest, here: str | None = None) -> AssetId:
    """The version that an id names; `here` is the registry of the text that it stands in.

    `newest` serves the advice in the error only.

    Raises:
        AssetIdError: it is no asset id, or it names no version.
    """
    registry, kind, name, rest = _parts(text)
    if _is_relative(text, registry) and here is None:
        raise AssetIdError(
            f"{shown(text)} is in the registry of the text that it stands in, and this is none."
            f" Write {OURS}{_FORM}."
        )
    asset_type = _KINDS.get(kind)
    if asset_type is None:
        kinds = ", ".join(one.plural for one in AssetType)
        raise AssetIdError(f"{shown(text)}: {shown(kind)} is no kind of asset; the kinds are {kinds}.")
    match rest:
        case ["versions", version] if version:
            where = here if here is not None and _is_relative(text, registry) else registry
            return _checked(text, AssetId(where, asset_type, name, version))
        case [] | ["labels"] | ["labels", _] | ["versions"] | ["versions", _]:
            advice = pin_advice(registry, asset_type, name.partition("@")[0], newest)
            raise AssetIdError(f"{shown(text)} {UNPINNED} {advice}")
        case _:
            raise _malformed(text)


@dataclass(frozen=True, slots=True)
class Mention:
    """What a text that means to be an asset id says, whatever may be wrong with it."""

    registry: str
    type: AssetType | None
    name: str
    version: str | None

    @property
    def is_elsewhere(self) -> bool:
        """Whether it says a registry's name, instead of "in this one"."""
        return self.registry != HERE


def mention_in(text: str) -> Mention | None:
    """The parts of an asset id, pinned or not; None where it has none."""
    try:
        registry, kind, name, rest = _parts(text)
    except AssetIdError:
        return None
    version = rest[1] if len(rest) == 2 and rest[0] == "versions" and rest[1] else None  # noqa: PLR2004
    return Mention(registry, _KINDS.get(kind), name.partition("@")[0], version)


def pin_advice(registry: str, kind: AssetType, name: str, newest: Newest) -> str:
    """The sentence that says what to write: the version published last, where one is known."""
    if not matches(ASSET_WORD, name):
        return f"Write {_written(registry, kind, '<name>', '<version>')}."
    version = newest(kind, name.lower())
    if version is None:
        return f"Write {_written(registry, kind, name, '<version>')}, with the version that you mean."
    written = _written(registry, kind, name, version)
    return f"Write {written}, which is the version published last, or another version that you mean."


def _written(registry: str, kind: AssetType, name: str, version: str) -> str:
    one = AssetId(registry, kind, name, version)
    return one.relative if registry == HERE else one.azure


def shown(text: str) -> str:
    """What somebody wrote, as a message repeats it: quoted, printable and not too long."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def _parts(text: str) -> tuple[str, str, str, list[str]]:
    for prefix in (OURS, AZURE):
        if text.startswith(prefix):
            match text.removeprefix(prefix).split("/"):
                case [registry, kind, name, *rest] if registry and name:
                    return registry, kind, name, rest
    raise _malformed(text)


def _is_relative(text: str, registry: str) -> bool:
    return registry == HERE and text.startswith(OURS)


def _malformed(text: str) -> AssetIdError:
    return AssetIdError(f"{shown(text)} is no asset id. Write {AZURE}{_FORM}, or {OURS}{_FORM}.")


def _checked(text: str, found: AssetId) -> AssetId:
    for what, part, pattern, limit in (
        ("name of a registry", found.registry, REGISTRY_NAME, 32),
        ("name of an asset", found.name, ASSET_WORD, MAX_NAME),
        ("version", found.version, ASSET_WORD, MAX_VERSION),
    ):
        if len(part) > limit or not matches(pattern, part):
            raise AssetIdError(
                f"{shown(text)}: {shown(part)} is no {what}; use at most {limit} letters, digits, hyphens,"
                " underscores and dots, with a letter or digit at both ends."
            )
    return found
