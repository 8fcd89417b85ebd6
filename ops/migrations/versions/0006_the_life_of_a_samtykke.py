"""How long a signer may sign, in which form a samtykke came, lifted blocks, refusals, protected addresses, answers.

Whatever was verified before this was XML. Nobody had said how long a signer may sign, so no confirmation ends.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("borger", schema=None) as batch_op:
        batch_op.add_column(sa.Column("adressebeskyttet", sa.String(length=27), nullable=True))
    with op.batch_alter_table("samtykke", schema=None) as batch_op:
        batch_op.add_column(sa.Column("bekraeftet_til", sa.String(length=27), nullable=True))
        batch_op.add_column(sa.Column("form", sa.String(length=5), nullable=True))
        batch_op.add_column(sa.Column("ophaevet", sa.String(length=27), nullable=True))
    op.execute("UPDATE samtykke SET form = 'xml' WHERE underskrift = 'gyldig'")
    with op.batch_alter_table("underskriver", schema=None) as batch_op:
        batch_op.add_column(sa.Column("gyldig_fra", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("gyldig_til", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("forkastet", sa.String(length=27), nullable=True))
    op.create_table(
        "bekraeftelse",
        sa.Column("samtykke_id", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fra", sa.String(length=27), nullable=False),
        sa.Column("til", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["samtykke_id", "version"], ["samtykke.samtykke_id", "samtykke.version"]),
        sa.PrimaryKeyConstraint("samtykke_id", "version", "fra"),
    )
    op.create_table(
        "afslag",
        sa.Column("nummer", sa.Integer(), nullable=False),
        sa.Column("borger_id", sa.String(length=36), nullable=False),
        sa.Column("registreret", sa.String(length=27), nullable=False),
        sa.Column("registreret_af", sa.String(length=60), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["borger_id"], ["borger.borger_id"]),
        sa.PrimaryKeyConstraint("nummer"),
    )
    op.create_index("ix_afslag_borger_id", "afslag", ["borger_id"], unique=False)
    op.create_table(
        "besvaret",
        sa.Column("noegle", sa.String(length=64), nullable=False),
        sa.Column("krav", sa.String(length=64), nullable=False),
        sa.Column("tid", sa.String(length=27), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("noegle"),
    )
    op.create_index("ix_besvaret_tid", "besvaret", ["tid"], unique=False)
