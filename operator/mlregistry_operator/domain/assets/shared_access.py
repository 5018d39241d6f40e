"""What people keep in a Secret for a shared access signature, and what of it is one.

Taken is the query string that begins with sv=, whatever portals, shells and editors put around it. Whatever
else it is, is told by name, for the service answers everything alike; and nothing of it is ever repeated.

Source: https://learn.microsoft.com/rest/api/storageservices/create-service-sas and create-account-sas.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, unquote

from mlregistry_operator.domain.assets.ids import shown
from mlregistry_operator.domain.storage_service import Address, StorageService

_QUOTES: Final = "\"'`\u201c\u201d\u2018\u2019"
_FORM: Final = "the query string that begins with sv= with its sig"
_URL: Final = re.compile(r"[a-z]+://", re.IGNORECASE)
_CONNECTION: Final = re.compile(r"(AccountKey|AccountName|SharedAccessSignature)=", re.IGNORECASE)
_KEY_BYTES: Final = 64  # of an account's key, once decoded
_SKEW: Final = timedelta(minutes=5)  # by which our clock may be behind the service's
_BLOB, _OBJECT, _READ, _LIST = "b", "o", "r", "l"


class UnusableSignatureError(ValueError):
    """A text is no signature that opens the source. The message completes "Key … of Secret …"."""


@dataclass(frozen=True, slots=True)
class Reader:
    """For what a signature is to be used: a source, at this moment."""

    source: Address
    storage: StorageService
    now: datetime


def signature_in(kept: bytes, reader: Reader) -> str:
    """The signature that a Secret's value holds, as it is to be sent.

    Raises:
        UnusableSignatureError: the value holds none, or one that is known not to open the source.
    """
    text = _text_of(kept)
    if _CONNECTION.search(text) is not None:
        raise UnusableSignatureError(_what_else(text))
    query = _query_in(text, reader)
    fields = [part.partition("=") for part in query.split("&") if part]
    signatures = [value for name, _, value in fields if name == "sig"]
    if len(signatures) > 1:
        raise UnusableSignatureError("holds more than one signature; keep the one for this source")
    if not signatures or not signatures[0]:
        raise UnusableSignatureError(_what_else(query))
    _check({name: unquote(value) for name, _, value in fields}, reader)
    return "&".join(f"{name}={_escaped(value) if name == 'sig' else value}" for name, _, value in fields)


def _text_of(kept: bytes) -> str:
    """The value without quotes, line breaks and blanks: a signature has none of them."""
    try:
        text = kept.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableSignatureError(f"is no text; keep {_FORM} there") from None
    bare = "".join(text.split()).strip(_QUOTES).replace("&amp;", "&")
    if not bare:
        raise UnusableSignatureError(f"is empty; keep {_FORM} there")
    return bare


def _query_in(text: str, reader: Reader) -> str:
    """What follows the question mark, if it is for the account and the container of the source."""
    bare = text.lstrip("?&")
    if "?" not in bare and _URL.match(bare) is None:
        return bare
    url, _, query = (bare if _URL.match(bare) else f"https://{bare}").partition("?")
    if not query:
        raise UnusableSignatureError("is a URL without a signature; append the one that was made for it")
    address, source = reader.storage.address(_blob_url(url)), reader.source
    if address is None:
        raise UnusableSignatureError(f"is no HTTPS URL of a storage account; keep {_FORM} there")
    same = address.account == source.account if source.account else address.origin == source.origin
    if not same:
        raise UnusableSignatureError(
            f"is a URL of {address.origin}{_account(address)}, and the source is in"
            f" {source.origin}{_account(source)}; make a signature there"
        )
    if address.container not in {"", source.container}:
        raise UnusableSignatureError(
            f"is a URL of container {shown(address.container)}, and the source is in {source.container}; make"
            " a signature for that one"
        )
    if "sr=b" in query.split("&") and address.name not in {"", source.name}:
        raise UnusableSignatureError(
            f"is for the one blob {shown(address.name)}, and the source is {shown(source.name)}; make a"
            " signature for that one, or for the container (sr=c)"
        )
    return query


def _blob_url(url: str) -> str:
    """The same account's blob address: a signature opens a lake by either of its hosts."""
    scheme, _, rest = url.rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower().replace('.dfs.', '.blob.')}{slash}{path}"


def _account(address: Address) -> str:
    """The account, where the host doesn't tell it."""
    named = address.account
    return f"/{named}" if named is not None and named not in address.origin.host else ""


def _what_else(query: str) -> str:
    """What a text is that has no signature in it."""
    folded = query.lower()
    if "accountkey=" in folded or "accountname=" in folded:
        return (
            f"is a connection string, which opens the whole account; make a signature, and keep {_FORM} there"
        )
    if "sharedaccesssignature=" in folded:
        return "is a connection string; keep only what stands behind SharedAccessSignature= there"
    if "sig%3d" in folded:
        return f"has its = and & escaped as %3D and %26; keep {_FORM} there, as it was made"
    if query.startswith("eyJ"):
        return f"is an access token and no shared access signature; keep {_FORM} there"
    if re.search(r"(^|&)sv=", query) is not None:
        return "has no sig: the signature itself was cut off; copy it again as a whole"
    return _of_base64(query) or f"is no shared access signature: {_FORM}"


def _of_base64(text: str) -> str | None:
    decoded = _decoded(text)
    if decoded is None:
        return None
    if len(decoded) == _KEY_BYTES:
        return f"is a key of the account, which opens all of it; make a signature, and keep {_FORM} there"
    inner = decoded.decode("utf-8", "replace")
    if "sig=" in inner or "sig=" in (_decoded(inner.strip()) or b"").decode("utf-8", "replace"):
        return "is in base64 once too often: stringData takes the text as it is, data takes it encoded once"
    return None


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _check(fields: dict[str, str], reader: Reader) -> None:
    for wrong in _CHECKS:
        for said in wrong(fields, reader):
            raise UnusableSignatureError(said)


def _is_over(fields: dict[str, str], reader: Reader) -> Iterator[str]:
    end = _time(fields.get("se"))
    if end is not None and end <= reader.now:
        yield f"expired at {fields['se']} (se); make a new signature"
    if "se" not in fields and "si" not in fields:
        yield "has no se= (when it expires) and no si= (a stored policy): copy it again as a whole"


def _has_not_begun(fields: dict[str, str], reader: Reader) -> Iterator[str]:
    start = _time(fields.get("st"))
    if start is not None and start > reader.now + _SKEW:
        yield f"begins at {fields['st']} (st); wait until then, or make one without a start"


def _lacks_rights(fields: dict[str, str], reader: Reader) -> Iterator[str]:
    name, granted = reader.source.name, fields.get("sp")
    if granted is not None and _READ not in granted:
        yield f"lacks the right to read (sp={_letters(granted)}); make one with read and list (sp=rl)"
    is_folder = not name or name.endswith("/")
    if granted is not None and is_folder and _LIST not in granted:
        yield f"lacks the right to list (sp={_letters(granted)}), which a folder needs; make one with sp=rl"
    if is_folder and fields.get("sr") == _BLOB:
        yield "is for one blob (sr=b), and the source is a folder; make one for the container (sr=c)"


def _is_for_others(fields: dict[str, str], _: Reader) -> Iterator[str]:
    if _BLOB not in fields.get("ss", _BLOB):
        yield "is not for blobs (ss); make one that is for the blob service"
    if _OBJECT not in fields.get("srt", _OBJECT):
        yield "is not for blobs themselves (srt has no o); make one for containers and objects (srt=co)"


_CHECKS: Final[tuple[Callable[[dict[str, str], Reader], Iterator[str]], ...]] = (
    _is_over,
    _has_not_begun,
    _lacks_rights,
    _is_for_others,
)


def _time(text: str | None) -> datetime | None:
    """A moment as a signature writes it, in UTC where it names no zone; None where nobody can read it."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _letters(granted: str) -> str:
    return "".join(one for one in granted if one.isascii() and one.isalpha())[:20]


def _escaped(value: str) -> str:
    """A signature that somebody has unescaped is escaped again: a plus would arrive as a blank."""
    return value if "%" in value else quote(value, safe="")
