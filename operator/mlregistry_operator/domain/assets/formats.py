"""Whether files are of the format that they are declared to have: decided before anything is committed.

What is published never changes, so that a model that no tool can load would be there for ever. A format that
is not declared asks for nothing.

Sources: MLflow's storage format, https://mlflow.org/docs/latest/models.html; types of data,
https://learn.microsoft.com/azure/machine-learning/concept-data; Triton's model repository,
https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/model_repository.html.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from mlregistry_operator.api.asset import MLAssetSpec
from mlregistry_operator.api.asset_types import AssetType, DataFormat, ModelFormat
from mlregistry_operator.domain.assets import mlmodels, mltables
from mlregistry_operator.domain.assets.documents import DocumentError, DocumentTooLargeError, read_mapping
from mlregistry_operator.domain.assets.ids import shown
from mlregistry_operator.domain.assets.listings import Fault, Listing
from mlregistry_operator.domain.assets.mlmodels import MLMODEL
from mlregistry_operator.domain.assets.mltables import MLTABLE

Format = ModelFormat | DataFormat

_DOCUMENTS: Final = {ModelFormat.MLFLOW: MLMODEL, DataFormat.MLTABLE: MLTABLE}
_TOLD: Final = 3  # faults that are told one by one
_TRITON: Final = re.compile(r"[^/]+/[1-9][0-9]*/.+")
_TRITON_BELOW: Final = re.compile(r"(.+?)/[^/]+/[1-9][0-9]*/.+")


def declared_format(spec: MLAssetSpec) -> Format | None:
    """The format that the spec says its files have; None where it says none."""
    if spec.model is not None:
        return spec.model.format
    return spec.data.format if spec.data is not None else None


def inline_file_name(kind: AssetType, form: Format | None = None, published: Iterable[str] = ()) -> str:
    """The one file of a version that is written down in its own spec: what its readers look for.

    A version that is published keeps the name that it has; those of earlier releases have that of their type.
    """
    by_type = f"{kind.value.lower()}.yaml"
    return by_type if by_type in published else _DOCUMENTS.get(form, by_type) if form else by_type


def document_of(form: Format | None, paths: Iterable[str]) -> str | None:
    """The file that has to be read for `format_faults`; None where none has to be, or is there."""
    name = _DOCUMENTS.get(form) if form is not None else None
    return name if name in set(paths) else None


def format_faults(
    form: Format | None, paths: Iterable[str], document: str | None = None, *, inline: bool = False
) -> tuple[Fault, ...]:
    """What keeps these files from being of that format; of many faults a few are told.

    `document` is the text of `document_of`, None where it is not known, or too large to be read here.
    """
    files = Listing.of(paths)
    found: Iterator[Fault] = iter(())
    match form:
        case ModelFormat.MLFLOW:
            found = _document_faults(MLMODEL, "model.format: MLflow", "model", files, document, inline=inline)
        case DataFormat.MLTABLE:
            found = _document_faults(MLTABLE, "data.format: MLTable", "data", files, document, inline=inline)
        case DataFormat.URI_FILE:
            found = _one_file(files)
        case ModelFormat.TRITON:
            found = _triton(files, inline=inline)
    faults = tuple(islice(found, _TOLD + 1))
    return faults if len(faults) <= _TOLD else (*faults[:_TOLD], Fault("And there is more of that sort.", ""))


def _document_faults(
    name: str, declared: str, block: str, files: Listing, text: str | None, *, inline: bool
) -> Iterator[Fault]:
    if not files.has_file(name):
        yield _not_at_root(name, declared, block, files)
        return
    if text is None:
        return
    try:
        document = read_mapping(text)
    except DocumentTooLargeError:
        return  # nothing is known to be wrong
    except DocumentError as error:
        yield Fault(f"The file {name} is none that its readers can load. {error}", "")
        return
    yield from (_model_faults if name == MLMODEL else _table_faults)(document, files, inline=inline)


def _not_at_root(name: str, declared: str, block: str, files: Listing) -> Fault:
    inner = [path for path in files.paths if path.endswith(f"/{name}")]
    where = f"; there is {shown(inner[0])}" if inner else ""
    folder = f"Give the URL of the folder {shown(inner[0].rpartition('/')[0])}, or" if inner else "Add it, or"
    return Fault(
        f"{declared} asks for a file {name} at the root of what is published{where}.",
        f"{folder} declare another format in spec.{block}, in a new MLAsset.",
    )


def _model_faults(document: Mapping[str, Any], files: Listing, *, inline: bool) -> Iterator[Fault]:
    remedy = (
        "Publish the whole model with source.blob."
        if inline
        else "Give the URL of the whole model, or save it anew with that file."
    )
    if not mlmodels.has_flavors(document):
        yield Fault(
            "MLmodel has no flavors, so that nothing can load the model.",
            "Save the model anew with MLflow, or declare another format in spec.model, in a new MLAsset.",
        )
    for field, path in mlmodels.paths_in(document):
        if not files.has(path):
            yield Fault(f"MLmodel names {shown(path)} ({field}), which is not among the files.", remedy)


def _table_faults(document: Mapping[str, Any], files: Listing, *, inline: bool) -> Iterator[Fault]:
    addresses = "an address that every reader has (azureml://, https://, abfss://)"
    add = "Publish the folder with source.blob" if inline else "Add it below the MLTable's folder"
    for named in mltables.paths_in(document):
        if named.is_of_a_machine:
            what = f"MLTable names {shown(named.path)} ({named.field}), a place on one machine."
            yield Fault(what, f"Write a path beside the MLTable, or {addresses}.")
        elif not named.is_in(files):
            what = f"MLTable names {shown(named.path)} ({named.field}), which is not among the files."
            yield Fault(what, f"{add}, or write {addresses}.")


def _one_file(files: Listing) -> Iterator[Fault]:
    if len(files.paths) != 1:
        yield Fault(
            f"data.format: UriFile is exactly one file, and there are {len(files.paths)}.",
            "Give the URL of one file, or declare UriFolder, in a new MLAsset.",
        )


def _triton(files: Listing, *, inline: bool) -> Iterator[Fault]:
    if any(_TRITON.fullmatch(path) for path in files.paths):
        return
    below = next((found[1] for path in files.paths if (found := _TRITON_BELOW.fullmatch(path))), None)
    if below is not None:
        remedy = f"Give the URL of the folder {shown(below)}"
    elif any(path.partition("/")[0].isdecimal() or path == "config.pbtxt" for path in files.paths):
        remedy = "Give the URL of the folder that the model's own folder is in"
    elif inline:
        remedy = "Publish the files with source.blob"
    else:
        remedy = "Lay the files out like that"
    yield Fault(
        "model.format: Triton asks for a model repository, <model>/<version>/<file> with a version that is a"
        " number (1, 2, …), such as densenet/1/model.onnx, and there is no such file.",
        f"{remedy}, or declare another format in spec.model, in a new MLAsset.",
    )
