"""`tf.compat.v1`, as far as it is about learning rates."""

from lrschedules.compat.v1 import train

__all__ = ["train"]
