"""Publication: works out what is in each feed, renders it, and writes files that differ.

Derived wholly from the store, so doing it again repairs whatever a crash left undone. Queues pings
for hubs that do not know of a change yet.
"""
