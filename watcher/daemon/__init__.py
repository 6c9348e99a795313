"""Daemon: everything that runs for years: composition, threads, signals, systemd.

In: a config. Out: feeds, messages, served pages, until it is stopped. It may not: decide what is
news or how a message looks; it starts and stops the parts that do.
"""
