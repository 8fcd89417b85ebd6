"""The connectors that exist, by the name that the party register and the intake know them by."""

from collections.abc import Mapping
from types import MappingProxyType

from connectors import faelles, jobcenter, region, social
from connectors.contract import Connector

CONNECTORS: Mapping[str, Connector] = MappingProxyType(
    {
        connector.name: connector
        for connector in (faelles.CONNECTOR, jobcenter.CONNECTOR, region.CONNECTOR, social.CONNECTOR)
    }
)
"""A name that is not here is no connector: look up with `.get` and refuse None."""
