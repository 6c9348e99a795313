"""Notify: owed changes in, messages to people and webhooks out, at least once and in order.

In: changes with their articles, the endpoints' config, the :class:`Outbox` that the store keeps.
Out: what each endpoint is owed and when (:func:`route_changes`), and requests to endpoints. It may
not: decide what is news, read a seed or any file but an endpoint's template, write anywhere but to
the outbox, or know which database that is.
"""
