"""Where blobs are read from: the address of the blob service, and what people write instead of it.

Other tools have other spellings of the same place. What the right one is, is said where it can be told.

Sources: `wasbs`, https://hadoop.apache.org/docs/stable/hadoop-azure/index.html; `abfss`, https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-introduction-abfs-uri;
`azureml://`, https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax.
"""

import re
from typing import Final

from mlregistry_operator.api import patterns
from mlregistry_operator.api.group import ASSET_KIND
from mlregistry_operator.api.patterns import in_cel, matches
from mlregistry_operator.api.rule import FieldReason, Rule

_BLOB: Final = "must be the address of the blob service"
_HADOOP: Final = (
    f"{_BLOB}, https://<account>.blob.core.windows.net/<container>/<path>, where others write"
    " abfss://<container>@<account>.dfs.core.windows.net/<path>"
)
_LAKE: Final = f"{_BLOB}: its host has blob where this one has dfs"
_DATASTORE: Final = (
    f"{_BLOB}: a datastore is what one workspace calls an account and a container, which az ml datastore show"
    " tells; write https://<account>.blob.core.windows.net/<container>/<path>. A version of a registry is"
    " promoted with source.asset"
)
_OTHERWISE: Final = f"({patterns.LAKE_URL})|({patterns.HADOOP_URL})|({patterns.AZUREML_URL})"
_PARTS: Final = "self.url.split('/', 4)"
_LAKE_WRITE: Final = f"{_BLOB}: write "


def respelled(url: str) -> str | None:
    """What is said of another spelling of a blob's address, with the right one where it can be told.

    It completes a sentence that begins with the field. None: the URL is none of these spellings.
    """
    if re.match(patterns.HADOOP_URL, url) is not None:
        return _of_hadoop(url)
    if re.match(patterns.LAKE_URL, url) is not None:
        return _of_lake(url)
    return _of_workspace(url) if re.match(patterns.AZUREML_URL, url) is not None else None


def _of_lake(url: str) -> str:
    match url.split("/", 3):
        case [_, _, host, path] if "\n" not in url:
            return f"{_LAKE_WRITE}https://{_blob_host(host)}/{path}"
        case _:
            return _LAKE


def _of_hadoop(url: str) -> str:
    _, _, place, *rest = url.split("/", 3)
    container, _, host = place.partition("@")
    if not host or "@" in host or "\n" in url:
        return _HADOOP
    return f"{_LAKE_WRITE}https://{_blob_host(host)}/{container}" + (f"/{rest[0]}" if rest else "")


def _of_workspace(url: str) -> str:
    _, found, path = url.partition("/paths/")
    if not found or not path or "\n" in url:
        return _DATASTORE
    return _DATASTORE.replace("/<path>", f"/{path}")


def _blob_host(host: str) -> str:
    return "".join(one.lower() if one.isascii() else one for one in host).replace(".dfs.", ".blob.")


def _otherwise(rule_id: str, pattern: str, sentence: str, cel_told: str) -> Rule:
    """A spelling of its own. What has a query string may be a secret, which no sentence repeats."""
    return Rule(
        id=rule_id,
        kind=ASSET_KIND,
        at="spec.source.blob",
        field=".url",
        cel=f"self.url.contains('?') || !self.url.matches({in_cel(pattern)})",
        reason=FieldReason.INVALID,
        sentence=sentence,
        holds=lambda _, new: "?" in new.url or re.match(pattern, new.url) is None,
        told=lambda _, new: respelled(new.url) or sentence,
        cel_told=cel_told,
    )


def _is_respelled(url: str) -> bool:
    return respelled(url) is not None


RULES: Final = (
    Rule(
        id="blob-url-without-query",
        kind=ASSET_KIND,
        at="spec.source.blob",
        field=".url",
        cel="!self.url.contains('?')",
        reason=FieldReason.FORBIDDEN,
        sentence="must not have a query string: a shared access signature is a secret, keep it in a"
        " Secret and name that in sasSecretRef",
        holds=lambda _, new: "?" not in new.url,
    ),
    Rule(
        id="blob-url-form",
        kind=ASSET_KIND,
        at="spec.source.blob",
        field=".url",
        cel=f"self.url.contains('?') || self.url.matches({in_cel(patterns.BLOB_URL)})"
        f" || self.url.matches({in_cel(_OTHERWISE)})",
        reason=FieldReason.INVALID,
        sentence="must be https://<host>/<container>, with a path below it for a prefix or a file; the host"
        " is a name in ASCII or an IPv4 address; no user name, fragment, space, backslash or control"
        " character",
        holds=lambda _, new: "?" in new.url or _is_respelled(new.url) or matches(patterns.BLOB_URL, new.url),
    ),
    Rule(
        id="blob-url-plain",
        kind=ASSET_KIND,
        at="spec.source.blob",
        field=".url",
        cel=f"!self.url.matches({in_cel(patterns.DOTTED_PATH)})",
        reason=FieldReason.INVALID,
        sentence="must not have a part . or .. in its path, escaped or not: write the path that is meant",
        holds=lambda _, new: re.search(patterns.DOTTED_PATH, new.url) is None,
    ),
    _otherwise(
        "blob-url-lake",
        patterns.LAKE_URL,
        _LAKE,
        f"'{_LAKE_WRITE}https://' + {_PARTS}[2].lowerAscii().replace('.dfs.', '.blob.') + '/' + {_PARTS}[3]",
    ),
    _otherwise(
        "blob-url-hadoop",
        patterns.HADOOP_URL,
        _HADOOP,
        f"{_PARTS}[2].split('@').size() != 2 || {_PARTS}[2].split('@')[1] == '' ? '{_HADOOP}' :"
        f" '{_LAKE_WRITE}https://' + {_PARTS}[2].split('@')[1].lowerAscii().replace('.dfs.', '.blob.') + '/'"
        f" + {_PARTS}[2].split('@')[0] + ({_PARTS}.size() > 3 ? '/' + {_PARTS}[3] : '')",
    ),
    _otherwise(
        "blob-url-azureml",
        patterns.AZUREML_URL,
        _DATASTORE,
        f"self.url.split('/paths/', 2).size() < 2 || self.url.split('/paths/', 2)[1] == '' ? '{_DATASTORE}' :"
        f" '{_DATASTORE}'.replace('/<path>', '/' + self.url.split('/paths/', 2)[1])",
    ),
)
