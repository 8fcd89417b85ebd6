"""The commands of the gateway: run it, hand in and fetch as a party, and operate it."""

import typer

from gateway.commands.frister import frister
from gateway.commands.journal import journal
from gateway.commands.messages import receipts, send, tail
from gateway.commands.operations import dead, doctor, start, stop, topology
from gateway.commands.serve import demo, run

__all__ = ["add_to", "dead", "journal", "topology"]


def add_to(app: typer.Typer) -> None:
    """Add the commands that stand at the top, in the order in which they are listed."""
    for command in (run, demo, send, tail, receipts, stop, start, doctor, frister):
        app.command()(command)
