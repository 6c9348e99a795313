"""Watch: roots in, dirty paths and reasons to rescan out.

In: the config's roots, and the kernel's events. Out: from the observer, hints (a path is
dirty, a root needs a rescan) and the state of each root; from a scan, every path that the patterns
want, with its stat signature; from the settler, batches of paths that are quiet. It may not: read
a seed's content, decide what a change means, or know the store. Events are hints; a scan alone is
sufficient.
"""
