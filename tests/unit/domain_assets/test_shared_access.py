"""What people keep in a Secret for a signature: taken where one is in it, and told by name where none is."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from mlregistry_operator.domain.assets.shared_access import Reader, UnusableSignatureError, signature_in
from mlregistry_operator.domain.storage_service import StorageService

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
AZURE = StorageService()
HOST = "https://team.blob.core.windows.net"
SECRET = "s3cr3t/Sig+ofAccount/With+Signs/And43Letters/xx="
SIGNED = f"sv=2024-11-04&se=2026-12-01T00%3A00%3A00Z&sr=c&sp=rl&sig={quote(SECRET, safe='')}"
KEY = base64.b64encode(bytes(range(64))).decode()


def reader(path: str = "models/hf", storage: StorageService = AZURE, base: str = HOST) -> Reader:
    address = storage.address(f"{base}/{path}")
    assert address is not None
    return Reader(address, storage, NOW)


@pytest.mark.parametrize(
    ("kept", "because"),
    [
        (SIGNED, "as it was made"),
        (f"?{SIGNED}", "with the question mark of the portal"),
        (f"&{SIGNED}", "cut from the middle"),
        (f"{SIGNED}\n", "as echo writes it"),
        (f"{SIGNED}\r\n", "as an editor on Windows does"),
        (f"  {SIGNED[:40]}\n  {SIGNED[40:]}\n", "broken into lines"),
        (f'"{SIGNED}"', "in quotes"),
        (f"'?{SIGNED}'\n", "in others"),
        (f"\u201c{SIGNED}\u201d", "in those of a word processor"),
        (f"\ufeff{SIGNED}", "with a mark of the encoding"),
        (SIGNED.replace("&", "&amp;"), "copied from a page"),
        (SIGNED.replace(quote(SECRET, safe=""), SECRET), "with the signature unescaped"),
        (f"{HOST}/models?{SIGNED}", "the whole URL of the container"),
        (f"{HOST}/models/hf/config.json?{SIGNED}", "the whole URL of a blob"),
        (f"{HOST}/?{SIGNED}", "the whole URL of the account"),
        (f"{HOST}?{SIGNED}", "without a slash"),
        (f"HTTPS://TEAM.blob.core.windows.net/models?{SIGNED}", "a host in upper case"),
        (f"https://team.dfs.core.windows.net/models?{SIGNED}", "the same account as a lake"),
        (f"team.blob.core.windows.net/models?{SIGNED}", "without https://"),
        (f"https://team-secondary.blob.core.windows.net/models?{SIGNED}", "the readable secondary"),
    ],
)
def test_a_signature_is_found_whatever_is_around_it(kept: str, because: str) -> None:
    assert signature_in(kept.encode(), reader()) == SIGNED, because


@dataclass(frozen=True)
class Case:
    """A value, words of what is said, and the path of the source."""

    kept: str
    words: tuple[str, ...]
    path: str = "models/hf"
    because: str = field(kw_only=True)


def changed(**parts: str) -> str:
    """The signature with other parts; an empty one is left out."""
    fields = dict(part.split("=", 1) for part in SIGNED.split("&")) | parts
    return "&".join(f"{name}={value}" for name, value in fields.items() if value)


CASES = [
    Case("", ("is empty",), because="nothing"),
    Case(' "" \n', ("is empty",), because="quotes with nothing in them"),
    Case(f"{HOST}/models", ("URL without a signature",), because="the URL alone"),
    Case(
        f"https://other.blob.core.windows.net/models?{SIGNED}",
        ("is a URL of other.blob.core.windows.net", "the source is in team.blob"),
        because="another account",
    ),
    Case(f"{HOST}/data?{SIGNED}", ("container 'data'", "is in models"), because="another container"),
    Case(
        f"{HOST}/models/other.bin?{changed(sr='b')}",
        ("is for the one blob 'other.bin'", "the source is 'hf'"),
        because="one other blob",
    ),
    Case(f"ftp://team/x?{SIGNED}", ("is no HTTPS URL",), because="no address"),
    Case(
        f"DefaultEndpointsProtocol=https;AccountName=team;AccountKey={KEY};EndpointSuffix=core.windows.net",
        ("is a connection string", "opens the whole account"),
        because="a connection string with the key",
    ),
    Case(
        f"BlobEndpoint={HOST}/;SharedAccessSignature={SIGNED}",
        ("is a connection string", "behind SharedAccessSignature="),
        because="one with a signature in it",
    ),
    Case(KEY, ("is a key of the account",), because="the account's key"),
    Case(base64.b64encode(SIGNED.encode()).decode(), ("base64 once too often",), because="encoded twice"),
    Case(
        base64.b64encode(base64.b64encode(SIGNED.encode())).decode(),
        ("base64 once too often",),
        because="encoded three times",
    ),
    Case("eyJ0eXAiOiJKV1QifQ.e30.c2ln", ("is an access token",), because="a token of Entra's"),
    Case(quote(SIGNED, safe=""), ("escaped as %3D",), because="escaped as a whole"),
    Case(SIGNED.partition("&sig=")[0], ("has no sig:", "cut off"), because="cut off"),
    Case(f"{SIGNED.partition('&sig=')[0]}&sig=", ("has no sig:",), because="cut off behind its name"),
    Case("hunter2", ("is no shared access signature", "begins with sv="), because="something else"),
    Case(f"{SIGNED}\n{SIGNED}", ("more than one signature",), because="two of them"),
    Case(changed(se="2026-11-26T00%3A00%3A00Z"), ("expired at 2026-11-26T00:00:00Z",), because="expired"),
    Case(changed(se="2026-11-27"), ("expired at 2026-11-27 ",), because="a date is its first moment"),
    Case(changed(se=""), ("has no se=",), because="without an end or a policy"),
    Case(changed(st="2026-11-28T00:00Z"), ("begins at 2026-11-28T00:00Z",), because="not yet"),
    Case(changed(sp="wcl"), ("lacks the right to read (sp=wcl)",), because="to write alone"),
    Case(changed(sp="r"), ("lacks the right to list (sp=r)",), "models/hf/", because="a folder needs a list"),
    Case(changed(sp="r"), ("lacks the right to list",), "models", because="a container too"),
    Case(changed(sr="b"), ("is for one blob (sr=b)",), "models/hf/", because="one blob is no folder"),
    Case(changed(ss="q"), ("is not for blobs",), because="for queues"),
    Case(changed(ss="b", srt="c"), ("not for blobs themselves",), because="for containers alone"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.because)
def test_what_is_no_usable_signature_is_told_by_name_and_never_shown(case: Case) -> None:
    with pytest.raises(UnusableSignatureError) as refused:
        signature_in(case.kept.encode(), reader(case.path))

    told = str(refused.value)
    for word in case.words:
        assert word in told
    for secret in (SECRET, quote(SECRET, safe=""), KEY, "hunter2", "e30.c2ln"):
        assert secret not in told


def test_bytes_that_are_no_text_are_told_so() -> None:
    with pytest.raises(UnusableSignatureError, match="is no text"):
        signature_in(b"\xff\xfe\x00", reader())


@pytest.mark.parametrize(
    ("kept", "path", "because"),
    [
        (changed(sp="r"), "models/hf/config.json", "one file may be read without a list"),
        (changed(sr="b", sp="r"), "models/config.json", "one blob is a file"),
        (changed(se="", si="readers"), "models", "a stored policy says when it ends"),
        (changed(sp="", si="readers"), "models", "and what it allows"),
        (changed(st="2026-11-27T12:02:00Z"), "models", "clocks differ"),
        (changed(se="some-day"), "models", "what we cannot read is the service's to judge"),
        (changed(ss="bf", srt="sco"), "models", "a signature of the account"),
    ],
)
def test_what_may_open_the_source_is_left_to_the_service(kept: str, path: str, because: str) -> None:
    assert signature_in(kept.encode(), reader(path)) == kept, because


def test_an_account_that_stands_in_the_path_is_compared_too() -> None:
    storage = StorageService("https://127.0.0.1:18443")
    here = reader("team/models/hf", storage, "https://127.0.0.1:18443")

    assert signature_in(f"https://127.0.0.1:18443/team/models?{SIGNED}".encode(), here) == SIGNED
    with pytest.raises(UnusableSignatureError, match=r"18443/other, and the source is in .*18443/team"):
        signature_in(f"https://127.0.0.1:18443/other/models?{SIGNED}".encode(), here)
