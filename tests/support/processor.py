"""What a step costs by itself."""

import time
from collections.abc import Callable

TRIES = 3


def least_seconds(step: Callable[[], object]) -> float:
    """Seconds of the processor, the least of a few tries: a collection of garbage is not the step's own."""
    return min(_seconds(step) for _ in range(TRIES))


def _seconds(step: Callable[[], object]) -> float:
    began = time.process_time()
    step()
    return time.process_time() - began
