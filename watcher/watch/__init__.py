"""Watch: roots in, dirty paths and reasons to rescan out.

In: the config's roots, and what the kernel tells of them. Out: from the observer, hints (a path is
dirty, a root needs a rescan) and how each root stands; from a scan, every path that the patterns
want, with its stat signature; from the settler, batches of paths that are quiet. It may not: read
a seed's content, decide what a change means, or know the store. Events are hints; a scan alone is
sufficient.
"""
