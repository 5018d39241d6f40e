"""Whose a version is, when its content may go, and what remains of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.api.asset import Source
from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.assets.claims import (
    Claim,
    OwnerRecord,
    Published,
    Turn,
    farewell,
    first_of,
    position,
    source_fingerprint,
)
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.tombstones import (
    Tombstone,
    TombstoneError,
    bury,
    decode_tombstone,
    encode_tombstone,
    forbids,
)
from mlregistry_operator.domain.failures import Severity

ASSET = AssetId("DemoRegistry1", AssetType.MODEL, "taxi-fare", "3")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ONE, OTHER = (f"sha256:{letter * 64}" for letter in "ab")

FIRST = Claim("uid-1", ObjectKey("team-a", "taxi"), "from-a", NOW, deletes=True)
SECOND = Claim("uid-2", ObjectKey("team-b", "taxi"), "from-b", NOW + timedelta(1), deletes=True)
BY_FIRST = Published(ONE, OwnerRecord("uid-1", "team-a", "taxi", "from-a"))


@pytest.mark.parametrize(
    ("own", "others", "published", "turn", "because"),
    [
        (FIRST, (), None, Turn.PUBLISH, "nobody else is there"),
        (FIRST, (SECOND,), None, Turn.PUBLISH, "it is the older"),
        (SECOND, (FIRST,), None, Turn.WAIT, "it is the younger"),
        (SECOND, (replace(FIRST, created=SECOND.created),), None, Turn.WAIT, "the uid decides among equals"),
        (SECOND, (replace(FIRST, stuck=True),), None, Turn.PUBLISH, "who cannot publish holds nobody up"),
        (SECOND, (replace(FIRST, leaving=True),), None, Turn.PUBLISH, "nor does who is going"),
        (replace(FIRST, stuck=True), (), None, Turn.PUBLISH, "it is tried again when nobody else can either"),
        (FIRST, (SECOND,), BY_FIRST, Turn.OWN, "it published that"),
        (replace(FIRST, digest=ONE), (SECOND,), BY_FIRST, Turn.OWN, "a pin that fits changes nothing"),
        (
            replace(FIRST, digest=OTHER),
            (),
            BY_FIRST,
            Turn.REFUSED,
            "its own pin no longer fits what is there",
        ),
        (SECOND, (FIRST,), BY_FIRST, Turn.COMPARE, "nobody knows its bytes yet"),
        (replace(SECOND, digest=ONE), (FIRST,), BY_FIRST, Turn.SHARE, "the same bytes"),
        (replace(SECOND, digest=OTHER), (FIRST,), BY_FIRST, Turn.REFUSED, "other bytes"),
        (
            replace(FIRST, uid="uid-9"),
            (SECOND,),
            BY_FIRST,
            Turn.OWN,
            "the same source after the cluster was lost; the source may be gone, the content is there",
        ),
        (
            replace(FIRST, uid="uid-9", source="moved", digest=ONE),
            (),
            BY_FIRST,
            Turn.OWN,
            "made anew with another source of the same bytes",
        ),
        (
            replace(FIRST, uid="uid-9", source="moved"),
            (),
            BY_FIRST,
            Turn.COMPARE,
            "made anew with another source, whose bytes nobody knows yet",
        ),
        (
            replace(SECOND, source="from-a"),
            (FIRST,),
            BY_FIRST,
            Turn.COMPARE,
            "the same source beside its publisher may have changed since",
        ),
        (
            replace(SECOND, source="from-a"),
            (),
            BY_FIRST,
            Turn.COMPARE,
            "a source can be copied: whose object is gone left its content to nobody",
        ),
        (
            replace(SECOND, source="from-a", digest=ONE),
            (),
            BY_FIRST,
            Turn.SHARE,
            "nor does its digest make it the publisher",
        ),
        (FIRST, (), Published(ONE), Turn.COMPARE, "nobody knows who published that"),
        (replace(FIRST, digest=ONE), (), Published(ONE), Turn.SHARE, "but the bytes are right"),
    ],
)
@pytest.mark.promise(11)
def test_the_first_to_publish_wins(
    own: Claim, others: tuple[Claim, ...], published: Published | None, turn: Turn, because: str
) -> None:
    assert position(own, others, published, ASSET).turn is turn, because


def test_a_conflict_names_both_digests_the_publisher_and_the_way_out() -> None:
    failure = position(replace(SECOND, digest=OTHER), (FIRST,), BY_FIRST, ASSET).failure

    assert failure is not None
    assert (failure.reason, failure.severity) == (Reason.VERSION_CONFLICT, Severity.STALLED)
    assert all(word in failure.message for word in (ONE, OTHER, "team-a/taxi", str(ASSET)))
    assert "another version" in failure.remedy


def test_waiting_for_who_goes_first_passes_by_itself_and_names_it() -> None:
    failure = position(SECOND, (FIRST,), None, ASSET).failure

    assert failure is not None
    assert failure.severity is Severity.RETRY
    assert "team-a/taxi" in failure.message


@pytest.mark.parametrize("read", [True, False])
def test_sharing_says_with_whom_and_whether_bytes_were_shown(*, read: bool) -> None:
    stands = position(replace(SECOND, digest=ONE, read=read), (FIRST,), BY_FIRST, ASSET)

    assert "team-a/taxi" in stands.note
    assert stands.unread is not read
    assert ("was not read" in stands.note) is not read


CLAIMS = st.lists(
    st.builds(
        Claim,
        st.uuids().map(str),
        st.builds(ObjectKey, st.sampled_from("ab"), st.sampled_from("cd")),
        st.sampled_from(["x", "y"]),
        st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 3), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis puts the zone in
        st.sampled_from([None, ONE, OTHER]),
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda claim: claim.uid,
)


@given(CLAIMS)
def test_exactly_one_publishes_whatever_the_order_in_which_they_look(claims: list[Claim]) -> None:
    able = [one for one in claims if not (one.stuck or one.leaving)]
    turns = [
        position(one, tuple(other for other in claims if other is not one), None, ASSET).turn for one in able
    ]

    assert turns.count(Turn.PUBLISH) == min(1, len(able))
    assert first_of(claims) == first_of(reversed(claims))


@given(CLAIMS, st.sampled_from([ONE, OTHER]), st.integers(0, 4))
@pytest.mark.promise(11)
def test_nobody_is_let_to_content_that_its_digest_contradicts(
    claims: list[Claim], digest: str, publisher: int
) -> None:
    record = claims[publisher % len(claims)]
    published = Published(digest, OwnerRecord(record.uid, "n", "m", record.source))
    for one in claims:
        turn = position(one, tuple(other for other in claims if other is not one), published, ASSET).turn
        assert turn not in (Turn.PUBLISH, Turn.WAIT)
        assert (turn is Turn.REFUSED) == (one.digest not in (None, digest))


@pytest.mark.parametrize(
    ("own", "others", "published", "deletes", "says", "because"),
    [
        (FIRST, (), BY_FIRST, True, "nobody else", "its publisher, and it was asked for"),
        (FIRST, (), None, False, "Nothing", "there is nothing to delete"),
        (replace(FIRST, deletes=False), (), BY_FIRST, False, "Retain", "the default leaves the content"),
        (
            FIRST,
            (replace(SECOND, digest=ONE, read=True),),
            BY_FIRST,
            False,
            "team-b/taxi",
            "another one has shown the same bytes",
        ),
        (FIRST, (replace(SECOND, digest=ONE),), BY_FIRST, True, "nobody else", "a digest costs nothing"),
        (FIRST, (SECOND,), BY_FIRST, True, "nobody else", "nor does a source that nobody can read"),
        (
            FIRST,
            (replace(SECOND, digest=OTHER, read=True),),
            BY_FIRST,
            True,
            "nobody else",
            "that one wants other bytes",
        ),
        (
            FIRST,
            (replace(SECOND, digest=ONE, read=True, leaving=True),),
            BY_FIRST,
            True,
            "nobody else",
            "both go and both say Delete",
        ),
        (
            FIRST,
            (replace(SECOND, digest=ONE, read=True, leaving=True, deletes=False),),
            BY_FIRST,
            False,
            "team-b/taxi",
            "who leaves with Retain wants it kept",
        ),
        (
            replace(SECOND, digest=ONE),
            (),
            BY_FIRST,
            False,
            "MLAsset team-a/taxi published it",
            "who shares it never becomes its owner, though the publisher is gone",
        ),
        (
            replace(SECOND, digest=ONE, read=True, source="from-a"),
            (),
            BY_FIRST,
            False,
            "only shares it",
            "not even with the publisher's own source",
        ),
        (replace(FIRST, digest=ONE), (), Published(ONE), False, "nothing tells", "nobody knows whose it is"),
        (replace(FIRST, uid="uid-9"), (), BY_FIRST, True, "nobody else", "it was made anew"),
        (replace(SECOND, digest=OTHER), (), BY_FIRST, False, "not this object's", "it was never its content"),
        (SECOND, (), BY_FIRST, False, "not this object's", "nor is it where that was never compared"),
    ],
)
@pytest.mark.promise(16)
def test_content_goes_only_with_its_publisher_and_only_when_asked(
    own: Claim,
    others: tuple[Claim, ...],
    published: Published | None,
    *,
    deletes: bool,
    says: str,
    because: str,
) -> None:
    end = farewell(own, others, published)

    assert end.deletes_content is deletes, because
    assert says in end.because, because


def test_an_owner_record_survives_blob_metadata_whose_names_lose_their_case() -> None:
    record = OwnerRecord("uid-1", "team-a", "taxi", "sha256-0")
    metadata = {name.upper(): text for name, text in record.metadata().items()}

    assert OwnerRecord.read({**metadata, "other": "x"}) == record
    assert OwnerRecord.read({"other": "x"}) is None
    assert all(name.isidentifier() and name.isascii() for name in record.metadata())


def test_a_source_is_known_by_what_it_is_and_not_by_how_it_is_read() -> None:
    plain = Source.model_validate({"blob": {"url": "https://a/b"}})
    with_sas = Source.model_validate(
        {"blob": {"url": "https://a/b", "sasSecretRef": {"name": "s", "key": "k"}}}
    )
    elsewhere = Source.model_validate({"blob": {"url": "https://a/c"}})

    assert source_fingerprint(plain, "x") == source_fingerprint(with_sas, "y")
    assert source_fingerprint(plain, "x") != source_fingerprint(elsewhere, "x")


def test_a_registry_without_namespace_is_the_one_of_the_objects_own() -> None:
    def promoted(**ref: str) -> Source:
        asset = {"registryRef": {"name": "dev", **ref}, "assetName": "a", "version": "1"}
        return Source.model_validate({"asset": asset})

    assert source_fingerprint(promoted(), "x") == source_fingerprint(promoted(namespace="x"), "y")
    assert source_fingerprint(promoted(), "x") != source_fingerprint(promoted(), "y")


STONE = bury(ONE, NOW.replace(microsecond=5), ObjectKey("team-a", "taxi"))


def test_a_tombstone_reads_back() -> None:
    raw = encode_tombstone(STONE)

    assert decode_tombstone(raw) == STONE
    assert raw.decode() == (
        f'{{"deletedBy":{{"name":"taxi","namespace":"team-a"}},"digest":"{ONE}","time":"2026-11-24T12:00:00Z"}}'
    )


@pytest.mark.parametrize(
    ("raw", "because"),
    [
        (b"", "nothing"),
        (b"\xff", "no text"),
        (b"[]", "no object"),
        (b"{}", "nothing in it"),
        (b"[" * 100_000, "nested without end"),
        (encode_tombstone(STONE).replace(b"sha256", b"md5"), "no digest of ours"),
        (encode_tombstone(STONE).replace(b"Z", b""), "a time of nowhere"),
        (encode_tombstone(STONE).replace(b"2026-", b""), "no time"),
    ],
)
def test_what_is_no_tombstone_is_refused(raw: bytes, because: str) -> None:
    with pytest.raises(TombstoneError):
        decode_tombstone(raw)


@pytest.mark.parametrize(
    ("stone", "digest", "forbidden", "because"),
    [
        (None, ONE, False, "it was never deleted"),
        (STONE, ONE, False, "the same bytes may come back"),
        (STONE, None, False, "it is asked again when the digest is known"),
        (STONE, OTHER, True, "the same name never means other bytes"),
    ],
)
@pytest.mark.promise(11)
def test_a_deleted_version_never_comes_back_with_other_bytes(
    stone: Tombstone | None, digest: str | None, *, forbidden: bool, because: str
) -> None:
    failure = forbids(stone, digest, ASSET)

    assert (failure is not None) is forbidden, because
    if failure is not None:
        assert (failure.reason, failure.severity) == (Reason.VERSION_DELETED, Severity.STALLED)
        assert all(word in failure.message for word in (ONE, OTHER, "2026-11-24", "team-a/taxi"))
