"""What the file MLmodel of an MLflow model names, and so must be beside it.

Only what MLflow's format defines as a path within the model is looked at; a flavor may have any other fields.
Examples of the input are not looked for: MLflow loads and serves a model without them.

Sources: MLflow's storage format, https://mlflow.org/docs/latest/models.html; the fields of `python_function`,
https://mlflow.org/docs/latest/python_api/mlflow.pyfunc.html#filesystem-format.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

MLMODEL: Final = "MLmodel"
_FILES: Final = (
    "data",
    "model_data",
    "pickled_model",
    "python_model",
    "code",
    "saved_model_dir",
    "model_binary",
)
_ENVIRONMENTS: Final = ("conda", "virtualenv")
_SKLEARN: Final = "mlflow.sklearn"  # the loader that opens `model_path`; others may mean something else by it
_ELSEWHERE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|/|\\")  # a URI, a drive, or a path of some machine


def has_flavors(document: Mapping[str, Any]) -> bool:
    """Whether it says of any library how to load the model."""
    flavors = document.get("flavors")
    return isinstance(flavors, Mapping) and bool(flavors)


def paths_in(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every field that names something in the model, and the path that it names."""
    for name, flavor in _members(document.get("flavors")):
        at = f"flavors.{name}"
        yield from _texts(flavor, _FILES, at)
        if flavor.get("loader_module") == _SKLEARN:
            yield from _texts(flavor, ("model_path",), at)
        environment = flavor.get("env")
        yield from _texts(environment, _ENVIRONMENTS, f"{at}.env")
        yield from _texts({"env": environment}, ("env",), at)
        for artifact, described in _members(flavor.get("artifacts")):
            yield from _texts(described, ("path",), f"{at}.artifacts.{artifact}")


def _texts(found: object, names: tuple[str, ...], at: str) -> Iterator[tuple[str, str]]:
    for name in names if isinstance(found, Mapping) else ():
        value = found[name] if isinstance(found, Mapping) and name in found else None
        if isinstance(value, str) and value and _ELSEWHERE.match(value) is None:
            yield f"{at}.{name}", value


def _members(found: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(found, Mapping):
        yield from ((str(name), member) for name, member in found.items() if isinstance(member, Mapping))
