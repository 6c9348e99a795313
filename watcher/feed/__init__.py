"""Feeds: articles in, feed files out.

In: a feed's config and its articles, newest first, as the store knows them. Out: the bytes of an
Atom, RSS or JSON feed, and those bytes on disk, whole or not at all. It may not: read the clock or
the store, decide what is news, let one bad article cost the feed.
"""
