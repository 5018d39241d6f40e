"""Files whose bytes are not what their own storage says: damaged on their way, or called so by mistake.

Tools change a blob and leave its Content-MD5 as it was. Damage is not the same twice; a wrong name for the
bytes is, and does not pass by itself.
"""

import base64
from dataclasses import dataclass, field

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.reconcile.content.failures import failed
from mlregistry_operator.reconcile.content.sources import SourceFile


@dataclass(slots=True)
class Mismatches:
    """By path, the ETag and the MD5 that the last attempt saw. All of it can be lost at any moment."""

    _seen: dict[str, tuple[str, bytes | None]] = field(default_factory=dict)

    def met(self, file: SourceFile, md5: bytes | None) -> CloudError:
        """An error to raise where a file came with that MD5, and its storage says another."""
        before, self._seen[file.path] = self._seen.get(file.path), (file.etag, md5)
        expected = file.md5.hex() if file.md5 is not None else "none"
        found = md5.hex() if md5 is not None else "none"
        if md5 is None or before != (file.etag, md5):
            return failed(
                Reason.CONTENT_DAMAGED,
                f"Source file {file.path!r} arrived with other bytes than its storage says: expected MD5"
                f" {expected}, found MD5 {found}",
                "It is read again by itself.",
            )
        return failed(
            Reason.CONTENT_DAMAGED,
            f"Source file {file.path!r} has the Content-MD5 {expected}, and its bytes have the MD5 {found},"
            f" twice with the same ETag {file.etag}: somebody changed the one and not the other",
            "Write the file anew at its source; or, if the bytes are right, set its Content-MD5 to"
            f" {base64.b64encode(md5).decode('ascii')} (az storage blob update --content-md5). It is looked"
            " at again by itself.",
            severity=Severity.SLOW_RETRY,
        )

    def over(self, file: SourceFile) -> None:
        """The file came as its storage says."""
        self._seen.pop(file.path, None)
