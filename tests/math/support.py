"""Shared parts of the tests of numbers."""

from cases import EVERY_DECAY_STEPS, QUICK, TELLING_DECAY_STEPS, all_cases, first_of_class

CASES = all_cases()
FIRST_OF_CLASS = first_of_class(CASES)

# The lengths that are tested on the host. Testing all of them takes a while.
LENGTHS = TELLING_DECAY_STEPS if QUICK else EVERY_DECAY_STEPS
