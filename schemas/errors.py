"""What can be wrong with a message in the shared language."""

from dataclasses import dataclass


@dataclass(slots=True, eq=False)  # not frozen: contextlib sets the traceback of an exception that passes through it
class SchemaError(Exception):
    """A message, register or schema is not in the shared language.

    `reason` says what is wrong and `where` names the field. Neither ever quotes a value: a value may be personal.
    """

    reason: str
    where: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"
