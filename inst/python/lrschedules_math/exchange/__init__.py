"""Schedules as text, and as values of R."""
