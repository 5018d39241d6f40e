"""Which credentials a Secret has for an image, and what is said of one that has none."""

import base64
import json

import pytest

from mlregistry_operator.domain.pull_secrets import (
    SECRET_TYPE,
    PullCredentials,
    UnusableSecretError,
    credentials_for,
)

KEY = ".dockerconfigjson"
HOST = "ghcr.example"
PLACE = f"{HOST}/team/svc"
PASSWORD = "p:ss word"


def packed(user: str = "robot", password: str = PASSWORD) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def read(auths: object, place: str = PLACE) -> PullCredentials:
    text = json.dumps({"auths": auths}).encode()
    return credentials_for(place, "team/pull", SECRET_TYPE, {KEY: text})


def complaint(data: bytes | object, kind: str = SECRET_TYPE, place: str = PLACE) -> str:
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    with pytest.raises(UnusableSecretError) as refused:
        credentials_for(place, "team/pull", kind, {KEY: text})
    return f"{refused.value.why}. {refused.value.remedy}"


@pytest.mark.parametrize(
    ("auths", "because"),
    [
        ({HOST: {"auth": packed()}}, "as docker login writes it"),
        ({HOST: {"username": "robot", "password": PASSWORD}}, "as kubectl may write it"),
        ({HOST: {"username": "robot", "password": PASSWORD, "auth": "!"}}, "the plain words are enough"),
        ({HOST: {"username": "", "password": "", "auth": packed()}}, "empty words say nothing"),
        ({HOST: {"auth": packed() + "\n"}}, "a line break is no part of it"),
        ({f"https://{HOST}": {"auth": packed()}}, "with its scheme"),
        ({f"https://{HOST}/v1/": {"auth": packed()}}, "the address of an old interface"),
        ({f"https://{HOST}/v2/": {"auth": packed()}}, "the address of today's interface"),
        ({f"{HOST}:443": {"auth": packed()}}, "the port that is meant anyway"),
        ({"GHCR.example": {"auth": packed()}}, "hosts have no case"),
        ({f"{HOST}/team": {"auth": packed()}}, "a part of the host"),
        (
            {HOST: {"auth": packed(password="x")}, f"{HOST}/team/svc": {"auth": packed()}},
            "who says most of the place counts",
        ),
        (
            {f"{HOST}/team/s": {"auth": packed(password="x")}, HOST: {"auth": packed()}},
            "a part of a name is another one",
        ),
    ],
)
def test_an_entry_is_found_however_its_host_is_spelled(auths: object, because: str) -> None:
    assert read(auths) == PullCredentials("robot", PASSWORD), because


@pytest.mark.parametrize(
    "name", ["docker.io", "https://index.docker.io/v1/", "index.docker.io", "registry-1.docker.io"]
)
def test_docker_hub_is_known_by_all_of_its_names(name: str) -> None:
    found = read({name: {"auth": packed()}}, "docker.io/library/python")
    assert found == PullCredentials("robot", PASSWORD)


@pytest.mark.promise(16)
@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("example", PLACE),
        ("evil-ghcr.example", PLACE),
        (HOST, "ghcr.example.evil/team/svc"),
        (HOST, "other.example/ghcr.example/svc"),
        (f"{HOST}:444", PLACE),
        (HOST, f"{HOST}:444/team/svc"),
        ("*.example", PLACE),
        (f"{HOST}/other", PLACE),
        (f"https://robot@{HOST}", PLACE),
        ("docker.io", PLACE),
        ("", PLACE),
    ],
)
def test_credentials_are_for_the_host_that_the_secret_names_and_for_no_other(name: str, place: str) -> None:
    said = complaint({"auths": {name: {"auth": packed()}}}, place=place)
    assert "has no entry for" in said


@pytest.mark.promise(13)
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is not JSON"),
        (b"ghcr.example: robot", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        ([], "has no object auths"),
        ({}, "has no object auths"),
        ({"auths": [HOST]}, "has no object auths"),
        ({"auths": {}}, "has no entry for ghcr.example (none for other hosts)"),
        ({"auths": {"a": {}, "b": {}}}, "has no entry for ghcr.example (2 for other hosts)"),
        ({"auths": {HOST: {}}, "credsStore": "desktop"}, "where a credential helper keeps them elsewhere"),
        ({"auths": {HOST: None}}, "has no user name and password"),
        ({"auths": {HOST: {"username": "robot"}}}, "has no user name and password"),
        ({"auths": {HOST: {"username": ["robot"], "password": 1}}}, "has no user name and password"),
        ({"auths": {HOST: {"auth": "robot:x"}}}, "is not base64 of user:password"),
        ({"auths": {HOST: {"auth": "/////w=="}}}, "is not base64 of user:password"),
        ({"auths": {HOST: {"auth": packed("robot", "")}}}, "has no user name and password"),
        ({"auths": {HOST: {"identitytoken": PASSWORD}}}, "has no user name and password"),
    ],
)
def test_what_a_secret_lacks_is_said_in_one_sentence(data: bytes | object, words: str) -> None:
    said = complaint(data)
    assert words in said
    assert "Secret team/pull" in said


@pytest.mark.promise(13)
@pytest.mark.parametrize("kind", ["Opaque", "kubernetes.io/dockercfg", "kubernetes.io/basic-auth"])
def test_another_kind_of_secret_is_named(kind: str) -> None:
    said = complaint({"auths": {HOST: {"auth": packed()}}}, kind)
    assert f"is of type {kind}, and not kubernetes.io/dockerconfigjson" in said


@pytest.mark.promise(13)
def test_nothing_that_stands_in_a_secret_is_said_of_it() -> None:
    name = f"https://robot:{PASSWORD}@{HOST}"
    for auths in (
        {name: {"auth": packed()}},
        {HOST: {"auth": f"!{PASSWORD}"}},
        {HOST: {"password": PASSWORD}},
    ):
        assert PASSWORD not in complaint({"auths": auths})
    found = read({HOST: {"auth": packed()}})
    assert PASSWORD not in repr(found)
    assert "robot" not in repr(found)
    assert found.hidden_in(f"{PASSWORD} and {packed()}") == "… and …"
