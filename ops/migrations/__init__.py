"""Alembic's migrations: how a database of one release becomes that of the next."""
