"""What Argo CD's users apply: our scripts as settings of `argocd-cm`, and the examples with sync waves."""

from collections.abc import Iterator
from typing import Any, Final

import yaml

from hack.argocd.installation import NAMESPACE
from hack.argocd.scripts import KINDS, Scripts, scripts_of
from hack.world.installation import documents, name_of
from hack.world.places import EXAMPLES
from mlregistry_operator.api.group import GROUP, REGISTRY_KIND

WAVE: Final = "argocd.argoproj.io/sync-wave"
SETTING: Final = "resource.customizations"

# Wave 0 is what has no annotation: the chart, and namespaces.
_WAVES: Final = {REGISTRY_KIND: "1", "MLAsset": "2"}

Manifest = dict[str, Any]


def config_map() -> str:
    """The part of `argocd-cm` that is ours: a health script and the actions of each kind."""
    data: dict[str, str] = {}
    for kind in KINDS:
        scripts = scripts_of(kind)
        data[f"{SETTING}.health.{GROUP}_{kind}"] = scripts.health
        data[f"{SETTING}.actions.{GROUP}_{kind}"] = _actions(scripts)
    metadata = {"name": "argocd-cm", "namespace": NAMESPACE}
    return _yaml({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def registry_in_waves() -> str:
    """The example of a registry, in wave 1, with its namespace."""
    return _in_waves(EXAMPLES / "registry.yaml")


def assets_in_waves() -> str:
    """The examples of assets, in wave 2, with the one namespace that each of them brings."""
    return _in_waves(*sorted((EXAMPLES / "assets").glob("*.yaml")))


def _in_waves(*paths: Any) -> str:
    return "---\n".join(_yaml(thing) for thing in _once(documents(list(paths))))


def _once(things: Iterator[Manifest]) -> Iterator[Manifest]:
    """Each object once, in its wave."""
    seen: set[tuple[str, str]] = set()
    for thing in things:
        key = (thing["kind"], name_of(thing))
        if key not in seen:
            seen.add(key)
            yield _waved(thing)


def _waved(thing: Manifest) -> Manifest:
    wave = _WAVES.get(thing["kind"])
    if wave is None:
        return thing
    return thing | {"metadata": thing["metadata"] | {"annotations": {WAVE: wave}}}


def _actions(scripts: Scripts) -> str:
    """A setting whose value is YAML again, as Argo CD has it."""
    definitions = [{"name": name, "action.lua": text} for name, text in scripts.actions.items()]
    return _yaml({"discovery.lua": scripts.discovery, "definitions": definitions})


class _Blocks(yaml.SafeDumper):
    """Writes a text of several lines as people do: a block with its own lines."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Blocks.add_representer(str, _text)


def _yaml(document: object) -> str:
    return yaml.dump(document, Dumper=_Blocks, sort_keys=False, allow_unicode=True, width=110)
