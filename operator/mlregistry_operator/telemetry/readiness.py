"""What a replica still waits for, and whether another one reconciles."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Readiness:
    """Reasons for which a replica is not ready, each under the name of the part that gives it.

    Once it stands by it is ready without reconciling, also in the moment in which it takes over: admission
    must not miss it then.
    """

    stands_by: bool = False
    _waits: dict[str, str] = field(default_factory=dict)

    def wait(self, part: str, why: str | None) -> None:
        """Say what that part waits for; None once it has it."""
        if why is None:
            self._waits.pop(part, None)
        else:
            self._waits[part] = why

    def stand_by(self) -> None:
        self.stands_by = True

    def told(self) -> str | None:
        """All that is waited for, None where it is nothing."""
        return "; ".join(self._waits.values()) or None
