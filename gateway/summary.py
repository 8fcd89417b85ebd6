"""What has crossed, in figures: for the demo, operations and the tests that compare runs."""

import json
from collections import Counter
from typing import Any

from sqlalchemy import Connection, func, select

from consent.disclosures import store
from gateway.deadletters import dead_letter
from gateway.deliveries import State, Udfald, delivery, haendelse

RECALLED = (State.RECALLED, State.RECALLED_MAYBE_READ)


def summary(connection: Connection) -> dict[str, Any]:
    """Return counts of events, first outcomes, states, dead letters and reasons, and the size of the log.

    `permitted`, `partly` and `refused` count recipients by the outcome of the first attempt; `refusals` counts, for
    each refused one, every distinct reason once.
    """
    outcomes = _counted(connection, delivery.c.udfald, delivery.c.forsoeg == 1)
    states = _counted(connection, delivery.c.state, delivery.c.forsoeg >= 1)
    return {
        "events": connection.execute(select(func.count()).select_from(haendelse)).scalar_one(),
        "permitted": outcomes[Udfald.AFLEVERET],
        "partly": outcomes[Udfald.DELVIST],
        "refused": outcomes[Udfald.TILBAGEHOLDT],
        "delivered": states[State.DELIVERED],
        "recalled": sum(states[state] for state in RECALLED),
        "dead": connection.execute(select(func.count()).select_from(dead_letter)).scalar_one(),
        "refusals": dict(sorted(_reasons(connection).items())),
    }


def decisions(connection: Connection) -> list[dict[str, Any]]:
    """Return the open part of every entry that decides about a recipient or changes a delivery, oldest first."""
    query = select(store.oplysning.c.leaf).where(store.oplysning.c.art.in_(("afgoerelse", "tilstand")))
    return [json.loads(row.leaf) for row in connection.execute(query.order_by(store.oplysning.c.seq))]


def _counted(connection: Connection, column: Any, where: Any) -> Counter[str]:
    query = select(column, func.count()).where(where).group_by(column)
    return Counter({str(name): int(number) for name, number in connection.execute(query)})


def _reasons(connection: Connection) -> Counter[str]:
    refused = (one for one in decisions(connection) if one["tilstand"] == State.REFUSED and one["forsoeg"] == 1)
    return Counter(reason for one in refused for reason in set(one["tilbageholdt"].values()))
