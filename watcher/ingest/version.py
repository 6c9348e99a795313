"""The version of the rules by which seeds are read."""

INGEST_VERSION = 2
"""Raised whenever the same bytes may give another Seed, so that known files are read again."""
