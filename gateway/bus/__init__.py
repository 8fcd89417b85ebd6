"""The bus: an embedded NATS server or somebody else's cluster, and the few things the gateway does on it.

Nothing else in Tværs talks to nats-py; every failure that leaves this package is a `BusError`.
"""
