"""The learning rates of `tf.compat.v1`."""

from lrschedules.compat.v1 import train

__all__ = ["train"]
