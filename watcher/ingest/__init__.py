"""Ingest: one path in, one Seed out, or why there is none.

In: a path below a root. Out: a :class:`~watcher.model.Seed` with normalised content and canonical
URLs, or Unusable with the one problem that costs the seed, or Missing. Expected failures are
values; nothing raises. It may not: know what the store knows, decide what is news, write a file,
read the clock, or let a value of ``secured`` through, in any form.

::

    read          path → bytes, signature, digest
    front_matter  bytes → mapping and body        (block: where it ends; plain_yaml, plain_lines,
                                                   plain_scalars: the fast way; load, compose,
                                                   construct: by libyaml; yaml_advice: what to say)
    normalise     mapping → Content               (plain_record: the fast way; parts, values,
                                                   dates, urls, text, body, markdown, extra)
    parse         puts the last two together; or past both of them, straight to stored JSON, a seed
                  that is laid out like some before (laid_out: layout, layout_plan, leaf_json)
"""
