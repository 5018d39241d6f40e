"""The conversation of `admission.k8s.io/v1` as far as the webhook takes part in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from mlregistry_operator.api.advice import MAX_LENGTH
from mlregistry_operator.api.rule import FieldReason

Json = dict[str, Any]
MAX_WARNINGS: Final = 12  # the API server shows 4096 characters of them


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class KindName(_Wire):
    """`metav1.GroupVersionKind`."""

    group: str = ""
    version: str = ""
    kind: str = ""


class UserInfo(_Wire):
    """`authentication.k8s.io/v1` UserInfo: who asks."""

    username: str = ""


class AdmissionRequest(_Wire):
    """What is to be judged. Objects are kept as they came: a model is made of them only to be judged."""

    uid: str = Field(max_length=128)
    kind: KindName
    operation: str
    sub_resource: str = ""
    name: str = ""
    namespace: str = ""
    object: Json | None = None
    old_object: Json | None = None
    user_info: UserInfo = UserInfo()


class AdmissionReview(_Wire):
    """The envelope that the API server posts."""

    api_version: Literal["admission.k8s.io/v1"]
    kind: Literal["AdmissionReview"]
    request: AdmissionRequest


@dataclass(frozen=True, slots=True)
class Refusal:
    """One field that cannot pass, in the words that the API server uses for its own refusals."""

    field: str
    reason: FieldReason
    sentence: str

    def __str__(self) -> str:
        """The line that kubectl prints, for us as for a CEL rule."""
        return f"{self.field}: {self.told}"

    @property
    def told(self) -> str:
        return f"{SPOKEN[self.reason]}: {self.sentence}"

    def as_cause(self) -> Json:
        return {"reason": str(self.reason), "field": self.field, "message": self.told}


SPOKEN = {
    FieldReason.INVALID: "Invalid value",
    FieldReason.FORBIDDEN: "Forbidden",
    FieldReason.REQUIRED: "Required value",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said to an edit; it may pass where nothing is refused."""

    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = ()

    def joined(self, other: "Verdict") -> "Verdict":
        return Verdict(self.refusals + other.refusals, self.warnings + other.warnings)


def reply(request: AdmissionRequest, verdict: Verdict) -> Json:
    """The answer; where the edit may not pass, every reason is named, not only the first."""
    spoken = _spoken(verdict.warnings)
    if not verdict.refusals:
        return _envelope({"uid": request.uid, "allowed": True} | spoken)
    lines = [str(refusal) for refusal in verdict.refusals]
    deletes = request.operation == "DELETE"
    status = {
        "code": 409 if deletes else 422,
        "reason": "Conflict" if deletes else "Invalid",
        "message": lines[0]
        if len(lines) == 1
        else "\n* ".join([f"{len(lines)} fields are refused:", *lines]),
        "details": {
            "group": request.kind.group,
            "kind": request.kind.kind,
            "name": request.name,
            "causes": [refusal.as_cause() for refusal in verdict.refusals],
        },
    }
    return _envelope({"uid": request.uid, "allowed": False, "status": status} | spoken)


def unanswerable(code: int, reason: str, message: str) -> Json:
    """There is no verdict, because the question could not be read or judged."""
    status = {"code": code, "reason": reason, "message": message}
    return _envelope({"uid": "", "allowed": False, "status": status})


def _spoken(warnings: tuple[str, ...]) -> Json:
    """Warnings, no longer and no more than the API server passes on, and no line breaks, which it drops.

    A long one goes on in another.
    """
    plain = ["".join(one if one.isprintable() else " " for one in warning) for warning in warnings]
    spoken = [piece for one in plain for piece in _pieces(one)]
    if len(spoken) > MAX_WARNINGS:
        spoken = [*spoken[: MAX_WARNINGS - 1], f"and {len(spoken) - MAX_WARNINGS + 1} more warnings"]
    return {"warnings": spoken} if spoken else {}


def _pieces(warning: str) -> Iterator[str]:
    """A warning in parts that are short enough, cut between sentences if it can be: its end is the advice."""
    rest = warning
    while len(rest) > MAX_LENGTH:
        most = rest[: MAX_LENGTH - 1]
        sentence = most.rfind(". ") + 1
        end = sentence or max(most.rfind(" "), 0) or len(most)
        yield rest[:end] + ("" if sentence else "…")
        rest = rest[end:].lstrip()
    yield rest


def _envelope(response: Json) -> Json:
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
