"""How fast smsops is, measured on this machine: ``python -m benchmarks`` or ``make bench``.

Nothing here is a test. A row runs real processes of the installed wheel, several times, in turns
with what it is compared with, so that a noisy machine slows both down. What counts is the ratio of
their medians, and the bars that ratios have to stay below (:mod:`benchmarks.results`).
"""
