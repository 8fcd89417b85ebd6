"""When a decision ends by the clock, and indexes to find the few deliveries that something is due about.

A row that is there already gets no instant: every start decides everything unsettled again before anything is handed
out, and that gives each row its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("udloeber", sa.String(length=27), nullable=True))
        batch_op.drop_index(batch_op.f("ix_delivery_borger_id"))
        batch_op.drop_index(batch_op.f("ix_delivery_state"))
        batch_op.create_index("ix_delivery_borger_id", ["borger_id", "state"], unique=False)
        batch_op.create_index("ix_delivery_state", ["state", "udloeber"], unique=False)
        batch_op.create_index(
            "ix_delivery_recall",
            ["til"],
            unique=False,
            sqlite_where=sa.text("recall IS 1"),
            postgresql_where=sa.text("recall IS true"),
        )
