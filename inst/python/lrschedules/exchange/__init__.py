"""Schedules as text, as Keras objects and as R values."""
