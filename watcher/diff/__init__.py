"""Diff: is it news? What the store knows and what the seeds say in, what to write out.

In: readings of one batch and :class:`~watcher.model.Known`. Out: a :class:`~watcher.model.Plan`.
Pure: it may not read a clock, a file, the network or the store.
"""
