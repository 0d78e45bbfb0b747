"""The monitor that R makes: R raises its warnings, which nobody would find among the lines that
`fit()` prints."""

from lrschedules.training.monitor import LearningRateMonitor


class MonitorForR(LearningRateMonitor):
    """Keeps the sentences of its warnings until `fetch_warnings()` hands them over."""

    def __init__(self, optimizer=None):
        super().__init__(optimizer)
        self._sentences = []

    def _warn(self, sentence):
        self._sentences.append(sentence)

    def fetch_warnings(self):
        """What was said since the last call, each sentence once."""
        sentences, self._sentences = list(dict.fromkeys(self._sentences)), []
        return sentences
