"""The nouns that pass between stages: frozen, slotted, keyword-only dataclasses.

Pure: no clock, no files, no network, no third-party library. Times are aware UTC datetimes. Paths
inside a root are ``/``-separated strings as :func:`os.fsdecode` gives them.
"""
