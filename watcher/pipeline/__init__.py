"""Pipeline: one batch's way into the store, in one transaction.

In: paths of one root. Out: a BatchResult. It joins ingest, diff, store and routing; it may not
decide anything itself.
"""
