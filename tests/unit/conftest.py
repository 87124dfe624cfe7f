"""The unit tests share no state and touch no AWS: they may run in any order, at once, anywhere."""

from hypothesis import settings

# No deadline: a busy machine makes an example slow, not wrong. No database: tests leave no files.
# 50 examples: all unit tests together take seconds; what is found is written down as an @example.
settings.register_profile("unit", deadline=None, database=None, max_examples=50)
settings.load_profile("unit")
