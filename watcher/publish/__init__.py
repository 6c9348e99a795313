"""Publication: what is in each feed, rendered, onto disk where the bytes differ.

Derived wholly from the store, so doing it again repairs whatever a crash left undone. Hubs are owed
a ping of what they were not told of.
"""
