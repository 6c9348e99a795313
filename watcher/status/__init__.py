"""Status: how all is: one judgement, shown by ``status``, the page, ``/readyz`` and ``/metrics``.

In: the store's overview, what the watch and the loops report. Out: checks. It may not change
anything.
"""
