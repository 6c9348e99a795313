"""Ingest: one path in, one Seed out, or why there is none.

In: a path below a root. Out: a :class:`~watcher.model.Seed` with normalised content and canonical
URLs, or Unusable with the one problem that costs the seed, or Missing. Expected failures are
values; nothing raises. It may not: know what the store knows, decide what is news, write a file,
read the clock, or let a value of ``secured`` through, in any form.

::

    read          path → bytes, signature, digest
    front_matter  bytes → mapping and body   (block: where it ends; fast_yaml, fast_scalars: plain
                                              YAML; safe_yaml, yaml_errors: all other, by libyaml)
    normalise     mapping → Content          (keys: what holds a field; parts, values, dates, urls,
                                              text, body: one kind of value each; findings)
    parse         puts the last two together
"""
