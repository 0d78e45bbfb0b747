"""The monitor for R. R raises its warnings after training: during `fit()` they would be lost
among the printed lines."""

from lrschedules.training.monitor import LearningRateMonitor


class MonitorForR(LearningRateMonitor):
    """A monitor that keeps its warnings until `fetch_warnings()` returns them."""

    def __init__(self, optimizer=None):
        super().__init__(optimizer)
        self._sentences = []

    def _warn(self, sentence):
        self._sentences.append(sentence)

    def fetch_warnings(self):
        """Returns the warnings since the last call, each once."""
        sentences, self._sentences = list(dict.fromkeys(self._sentences)), []
        return sentences
