"""Training with schedules: callbacks, optimizers and the range test."""
