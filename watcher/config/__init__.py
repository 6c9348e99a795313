"""Config: a YAML file in, one frozen :class:`Config` out, or every problem at once.

In: the file, the environment, secret files, systemd credentials. Out: types that any stage may
read. It may not: open the store, touch a root, reach the network.
"""
