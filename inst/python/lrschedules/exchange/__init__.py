"""Schedules as text, as objects of Keras, and as values of R."""
