"""The process's memory: what was loaded at start stays for good, and a connection needs little."""

import gc
from asyncio import sslproto
from typing import Final

TLS_BUFFER: Final = 2**16


def keep_what_is_loaded() -> None:
    """To be called once, after all modules are loaded.

    The collector looks at everything once what is new has grown to a quarter of all that it looks at. The
    modules' hundred thousand objects, most of that and never garbage, would let tens of thousands pile up.
    """
    gc.collect()
    gc.freeze()


def read_tls_in_small_pieces() -> None:
    """To be called once, before the first connection is made.

    asyncio keeps 256 KiB for each TLS connection, though a record has 16 KiB at most (RFC 8446, section 5.1).
    With forty connections that is 7 MiB more than 64 KiB each, and nothing is faster. There is no option.
    """
    sslproto.SSLProtocol.max_size = TLS_BUFFER
