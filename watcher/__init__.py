"""Seedwatch watches folders of article seeds and tells what is really new.

The pipeline in ten lines::

    watch     events and rescans say which paths may have changed
    ingest    reads a path: bytes, front matter, one normalised record
    diff      decides, purely, whether that record is news
    store     writes files, articles, revisions, changes and owed deliveries in one transaction
    feed      renders and publishes feed files from the store
    notify    tells endpoints what they are owed, from the store
    schedule  wakes rescans, drains and housekeeping at their time
    serve     answers readers and operators over HTTP, read-only
    pipeline  is one batch's way through the stages; it decides nothing
    daemon    and cli put the parts together
"""

__version__ = "0.2.0"
