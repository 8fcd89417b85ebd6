"""The journal, how far each of its places outside has it, and how far each stream was seen to have come.

The journal begins empty: what was withdrawn or blocked before is in the database alone, as it was.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "journal",
        sa.Column("nummer", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("indhold", sa.String(), nullable=False),
        sa.Column("samtykke_id", sa.String(length=200), nullable=True),
        sa.Column("anvendt", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("nummer"),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_samtykke_id"), ["samtykke_id"], unique=False)
        batch_op.create_index(
            "ix_journal_waiting",
            ["nummer"],
            unique=False,
            sqlite_where=sa.text("anvendt IS 0"),
            postgresql_where=sa.text("anvendt IS false"),
        )
    op.create_table(
        "journalsted",
        sa.Column("sted", sa.String(length=20), nullable=False),
        sa.Column("nummer", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sted"),
    )
    op.create_table(
        "stroem",
        sa.Column("navn", sa.String(length=60), nullable=False),
        sa.Column("oprettet", sa.String(length=40), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("navn"),
    )
