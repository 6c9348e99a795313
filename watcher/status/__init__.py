"""Status: judges health, once for ``status``, the page, ``/readyz`` and ``/metrics``.

In: the store's overview, and what the watch and the loops report. Out: checks. It may not change
anything.
"""
