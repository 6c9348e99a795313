"""Serve: feeds and a status page over HTTP.

In: a view of what there is, the feed files on disk. Out: answers to GET and HEAD, and nothing
else. It may not: change anything, show a secret or a path of the host, let one client wait for
another. Starlette, uvicorn and Jinja live here.
"""
