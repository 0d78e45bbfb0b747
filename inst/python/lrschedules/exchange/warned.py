"""Warnings to the user, in Python or in R.

R raises them when Python returns to R: during `fit()` they would be lost among the printed lines.
"""

import threading
import warnings

_receiver = None


def receive(receiver):
    """Passes all later warnings to `receiver`, a function of one sentence."""
    global _receiver
    _receiver = receiver


def warn(sentence, stacklevel=2):
    """Warns in Python, or passes the sentence to the receiver."""
    # Other threads can't call R: it runs on the main thread, which may be waiting for them.
    if _receiver is None or threading.current_thread() is not threading.main_thread():
        warnings.warn(sentence, stacklevel=stacklevel + 1)
    else:
        _receiver(sentence)
