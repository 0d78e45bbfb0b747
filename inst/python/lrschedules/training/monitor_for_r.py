"""The monitor that R makes: R raises its warnings, which nobody would find among the lines that
`fit()` prints."""

import functools
import sys
import warnings

from lrschedules.training.monitor import LearningRateMonitor


def _collecting(method):
    @functools.wraps(method)
    def collecting(self, *arguments, **named):
        # Not `catch_warnings()`, which makes Python repeat what it said of other code once.
        show, warnings.showwarning = warnings.showwarning, self._collect
        try:
            return method(self, *arguments, **named)
        finally:
            warnings.showwarning = show

    return collecting


class MonitorForR(LearningRateMonitor):
    """Keeps the sentences of its warnings until `fetch_warnings()` hands them over."""

    def __init__(self, optimizer=None):
        super().__init__(optimizer)
        self._sentences = []

    def _collect(self, message, category, filename, lineno, file=None, line=None):
        self._sentences.append(str(message))

    def fetch_warnings(self):
        """What was said since the last call, each sentence once."""
        sentences, self._sentences = list(dict.fromkeys(self._sentences)), []
        return sentences

    @_collecting
    def on_train_begin(self, logs=None):
        # Python says a sentence once in a session: each `fit()` says it again.
        vars(sys.modules[LearningRateMonitor.__module__]).pop("__warningregistry__", None)
        super().on_train_begin(logs)

    on_epoch_begin = _collecting(LearningRateMonitor.on_epoch_begin)
    on_train_batch_begin = _collecting(LearningRateMonitor.on_train_batch_begin)
    on_train_batch_end = _collecting(LearningRateMonitor.on_train_batch_end)
    on_epoch_end = _collecting(LearningRateMonitor.on_epoch_end)
    as_bytes = _collecting(LearningRateMonitor.as_bytes)
