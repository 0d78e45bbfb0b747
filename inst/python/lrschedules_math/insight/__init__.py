"""Insight into schedules: their rates, summaries, phases and likely mistakes."""
