"""The social department family: attendance at offers."""

from connectors.contract import Connector
from connectors.social import attendance

CONNECTOR = Connector(
    name="social", read=attendance.read, writers={"fremmoede": attendance.write}, volatile=attendance.VOLATILE
)
