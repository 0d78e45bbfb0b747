"""Insight into schedules, also Keras's."""
