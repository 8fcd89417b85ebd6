"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "afvist_dokument",
        sa.Column("nummer", sa.Integer(), nullable=False),
        sa.Column("modtaget", sa.String(length=27), nullable=False),
        sa.Column("grund", sa.String(length=60), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("nummer"),
    )
    op.create_table(
        "borger",
        sa.Column("borger_id", sa.String(length=36), nullable=False),
        sa.Column("senest", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("borger_id"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("tid", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "dead_letter",
        sa.Column("dead_id", sa.String(length=36), nullable=False),
        sa.Column("party", sa.String(length=41), nullable=False),
        sa.Column("origin", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("seqs", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("first", sa.String(length=27), nullable=False),
        sa.Column("last", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("dead_id"),
    )
    op.create_table(
        "delivery",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("til", sa.String(length=80), nullable=False),
        sa.Column("forsoeg", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("borger_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("udfald", sa.String(length=20), nullable=False),
        sa.Column("tilladt", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("recall", sa.Boolean(), nullable=False),
        sa.Column("uvis", sa.Boolean(), nullable=False),
        sa.Column("kopi", sa.LargeBinary(), nullable=True),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("tid", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "til", "forsoeg"),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_borger_id"), ["borger_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_seq"), ["seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_state"), ["state"], unique=False)

    op.create_table(
        "haendelse",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=41), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("indhold", sa.String(length=64), nullable=False),
        sa.Column("modtaget", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_table(
        "kvittering",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("tid", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_table(
        "oplysning",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("leaf_index", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("borger_id", sa.String(), nullable=True),
        sa.Column("haendelse", sa.String(), nullable=True),
        sa.Column("art", sa.String(), nullable=False),
        sa.Column("fra", sa.String(), nullable=True),
        sa.Column("til", sa.String(), nullable=True),
        sa.Column("tid", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("leaf_index"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("oplysning", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_oplysning_borger_id"), ["borger_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_oplysning_haendelse"), ["haendelse"], unique=False)
        batch_op.create_index(batch_op.f("ix_oplysning_tid"), ["tid"], unique=False)
        batch_op.create_index(
            "ix_oplysning_waiting",
            ["seq"],
            unique=False,
            sqlite_where=sa.text("leaf_index IS NULL"),
            postgresql_where=sa.text("leaf_index IS NULL"),
        )

    op.create_table(
        "sequencer_lease",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("fencing", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("until", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "stoppet",
        sa.Column("part", sa.String(length=41), nullable=False),
        sa.Column("siden", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("part"),
    )
    op.create_table(
        "borgernummer",
        sa.Column("noegle", sa.String(length=64), nullable=False),
        sa.Column("borger_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["borger_id"], ["borger.borger_id"]),
        sa.PrimaryKeyConstraint("noegle"),
    )
    with op.batch_alter_table("borgernummer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_borgernummer_borger_id"), ["borger_id"], unique=False)

    op.create_table(
        "sagspart",
        sa.Column("borger_id", sa.String(length=36), nullable=False),
        sa.Column("noegle", sa.String(length=64), nullable=False),
        sa.Column("part", sa.String(length=41), nullable=False),
        sa.Column("rolle", sa.String(length=40), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["borger_id"], ["borger.borger_id"]),
        sa.PrimaryKeyConstraint("borger_id", "noegle"),
    )
    op.create_table(
        "samtykke",
        sa.Column("samtykke_id", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("borger_id", sa.String(length=36), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("underskrift", sa.String(length=10), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("underskriver", sa.String(length=80), nullable=False),
        sa.Column("bekraeftet", sa.Boolean(), nullable=False),
        sa.Column("tilbagekaldt", sa.String(length=27), nullable=True),
        sa.Column("registreret", sa.String(length=27), nullable=False),
        sa.Column("registreret_af", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["borger_id"], ["borger.borger_id"]),
        sa.PrimaryKeyConstraint("samtykke_id", "version"),
    )
    with op.batch_alter_table("samtykke", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_samtykke_borger_id"), ["borger_id"], unique=False)

    op.create_table(
        "underskriver",
        sa.Column("uuid", sa.String(length=80), nullable=False),
        sa.Column("borger_id", sa.String(length=36), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("kilde", sa.String(length=60), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("registreret", sa.String(length=27), nullable=False),
        sa.Column("registreret_af", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["borger_id"], ["borger.borger_id"]),
        sa.PrimaryKeyConstraint("uuid", "borger_id"),
    )
