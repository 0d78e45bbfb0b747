"""Warnings: Python's own, or R's.

R's must wait until Python returns to R: during `fit()` they would be lost among the printed lines.
"""

import threading
import warnings

_receiver = None


def receive(receiver):
    """Gives all further warnings to `receiver`, a function of the sentence."""
    global _receiver
    _receiver = receiver


def warn(sentence, stacklevel=2):
    # R runs on the main thread, which may be waiting for this one.
    if _receiver is None or threading.current_thread() is not threading.main_thread():
        warnings.warn(sentence, stacklevel=stacklevel + 1)
    else:
        _receiver(sentence)
