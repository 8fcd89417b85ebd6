"""What the consent service answers when it will not do what it was asked."""

from dataclasses import dataclass


@dataclass(eq=False, slots=True)  # not frozen: Python itself sets the traceback
class ConsentRefused(Exception):  # noqa: N818 - a refusal is an answer
    """The request to register, withdraw or look up is refused. `code` is for machines, `reason` for people."""

    code: str
    reason: str

    def __str__(self) -> str:
        return self.reason
