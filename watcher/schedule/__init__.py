"""Schedule: calls things at their time. In: names, times and callables. Out: the calls.

It may not: know what it calls, or do the work itself: a call here only wakes whoever works, so a
slow one can never make another late.
"""
