"""Answers that nobody expected: a service may send anything, and what is made of it here may be wrong.

Whatever that raises is the failure of the one call, in the words of a defect. The port's promise holds: a
call raises `CloudError` and nothing else.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.defects import defect, defect_id

_log = logging.getLogger(__name__)


@contextmanager
def nothing_else(target: ArmId, what: str) -> Iterator[None]:
    """Raise `CloudError` for whatever the body raises, and log it; `what` begins the sentence."""
    try:
        yield
    except CloudError:
        raise
    except Exception as error:
        told = defect_id(what, error)
        about = {"defectID": told, "target": target}
        _log.exception("an answer of Azure could not be dealt with", extra=about)
        raise CloudError(defect(what, error, told, target)) from error
