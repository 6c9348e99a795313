"""Store: everything that Seedwatch knows, on SQLite or PostgreSQL.

In: plans with their changes and what is owed, one transaction a batch; what became of attempts.
Out: what is known of a batch, articles for feeds, owed changes and deliveries for notify. It may
not: read a clock, a seed or the config, decide what is news or when it is due, reach an endpoint.
SQLAlchemy lives here and nowhere else.
"""
