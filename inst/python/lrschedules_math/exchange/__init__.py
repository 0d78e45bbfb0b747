"""Schedules as text and as R values."""
