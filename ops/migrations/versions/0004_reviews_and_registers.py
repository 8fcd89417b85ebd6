"""The review queue, every version of the registers that was in use, and since when a signer is confirmed.

Of a declaration that is confirmed already, the newest record of its signer is the best that is known of the instant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KNOWN_SINCE = "UPDATE samtykke SET bekraeftet_fra = registreret WHERE bekraeftet"
_CONFIRMED_LATER = """
UPDATE samtykke SET bekraeftet_fra = (
    SELECT underskriver.registreret FROM underskriver
    WHERE underskriver.uuid = samtykke.underskriver AND underskriver.borger_id = samtykke.borger_id)
WHERE bekraeftet AND EXISTS (
    SELECT 1 FROM underskriver
    WHERE underskriver.uuid = samtykke.underskriver AND underskriver.borger_id = samtykke.borger_id
    AND underskriver.registreret > samtykke.registreret)
"""


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "gennemsyn",
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("haendelse", sa.String(length=36), nullable=False),
        sa.Column("paragraf", sa.String(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("aabnet", sa.String(length=27), nullable=False),
        sa.Column("frist", sa.String(length=27), nullable=False),
        sa.Column("lukket", sa.String(length=27), nullable=True),
        sa.Column("lukket_af", sa.String(length=60), nullable=True),
        sa.Column("udfald", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("leaf_hash"),
    )
    op.create_table(
        "registerversion",
        sa.Column("register", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("indhold", sa.String(), nullable=False),
        sa.Column("sum", sa.String(length=64), nullable=False),
        sa.Column("ibrugtaget", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("register", "version"),
    )
    with op.batch_alter_table("samtykke", schema=None) as batch_op:
        batch_op.add_column(sa.Column("bekraeftet_fra", sa.String(length=27), nullable=True))
    op.execute(_KNOWN_SINCE)
    op.execute(_CONFIRMED_LATER)
