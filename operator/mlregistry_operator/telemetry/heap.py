"""The process's memory: what was loaded at start stays for good and is no garbage."""

import gc


def keep_what_is_loaded() -> None:
    """To be called once, after all modules are loaded.

    The collector looks at everything once what is new has grown to a quarter of all that it looks at. The
    modules' hundred thousand objects, most of that and never garbage, would let tens of thousands pile up.
    """
    gc.collect()
    gc.freeze()
