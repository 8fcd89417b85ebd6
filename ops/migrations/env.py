"""How alembic reaches the database: through the engine that the process has open already."""

from alembic import context

import consent.answered
import consent.journal
import consent.reviews  # noqa: F401 - importing the tables is what makes them known
import gateway.deadletters
import gateway.deliveries
import gateway.intake
import gateway.journal
import gateway.journal_streams
import gateway.registers
import gateway.switch  # noqa: F401 - importing the tables is what makes them known
from consent.database import metadata

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
