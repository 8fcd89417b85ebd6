"""The jobcenter family: the joint action plan."""

from connectors.contract import Connector
from connectors.jobcenter import plan

CONNECTOR = Connector(name="jobcenter", read=plan.read, writers={"indsatsplan": plan.write})
