"""Scan: a root compared with the store: once, in the daemon, or dry.

In: a root, what the store knows of its files. Out: batches for the pipeline, removals whose grace
ran out, and the totals of a scan. It may not: decide what is news, publish, or send.
"""
