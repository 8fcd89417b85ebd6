"""What a process works on that does not need the bus: settings, registers, database, keys, log."""

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config

from consent.bases import Hjemmelregister
from consent.database import Database
from consent.disclosures.checkpoints import Signer, generate, load
from consent.disclosures.keys import KeyStore
from consent.disclosures.recorder import Recorder
from consent.service import ConsentService
from consent.signatures import Trust, load_anchors
from gateway.judging import Judge
from gateway.registers import base_register, keep_registers, party_register
from gateway.settings import Settings
from schemas.parties import Partregister


@dataclass(frozen=True, slots=True)
class Records:
    """What does not need the bus: settings, registers, database, keys, log."""

    settings: Settings
    register: Partregister
    bases: Hjemmelregister
    database: Database
    keys: KeyStore
    recorder: Recorder
    consents: ConsentService
    judge: Judge
    signer: Signer

    @property
    def parties(self) -> tuple[str, ...]:
        """Return the ids of all parties."""
        return tuple(part.id for part in self.register.parter)

    def trust(self) -> Trust:
        """Return the pinned anchors of citizens' signatures and of timestamps; with none nothing verifies.

        Raises:
            AnchorsRefused: a file of anchors holds something else.
        """
        settings = self.settings
        signers, timestampers = (
            load_anchors(path.read_bytes()) if path.is_file() else ()
            for path in (
                settings.ankre or settings.data / "ankre.pem",
                settings.tidsstempelankre or settings.data / "tidsstempelankre.pem",
            )
        )
        return Trust(signers, timestampers, ocsp_required=settings.kraev_ocsp)


def open_records(settings: Settings) -> Records:
    """Open the data folder (mode 0700), bring the database to the newest schema, and read the registers.

    Raises:
        DatabaseUnavailable, LogError, SchemaError, ConsentRefused: what cannot be trusted is not used.
    """
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.data.chmod(0o700)
    database = Database(settings.database_url)
    database.check()
    migrate(database)
    keys = KeyStore(settings.data / "noegler.db")
    recorder = Recorder(keys)
    register = party_register(settings)
    bases = base_register(settings)
    with database.write() as connection:
        keep_registers(connection, recorder, register, bases)
    signing = settings.data / "checkpoint.key"
    return Records(
        settings=settings,
        register=register,
        bases=bases,
        database=database,
        keys=keys,
        recorder=recorder,
        consents=ConsentService(keys, recorder, f"{register.version}.{bases.version}"),
        judge=Judge(keys, recorder, bases, register),
        signer=load(signing) if signing.exists() else generate(signing, settings.origin),
    )


def migrate(database: Database) -> None:
    """Bring the database to the newest schema."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).resolve().parents[1] / "ops" / "migrations"))
    config.attributes["engine"] = database.engine
    command.upgrade(config, "head")
