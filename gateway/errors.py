"""What the gateway answers when it will not or cannot do what it was asked."""

from dataclasses import dataclass


@dataclass(eq=False, slots=True)  # not frozen: Python itself sets the traceback
class GatewayRefused(Exception):  # noqa: N818 - a refusal is an answer
    """The request is refused: `status` is the HTTP status, `code` is for machines, `reason` says what to do next.

    `acknowledgement` is the native format's own refusal (content type and bytes), where the sender asked for one.
    """

    status: int
    code: str
    reason: str
    where: str = ""
    acknowledgement: tuple[str, bytes] | None = None

    def __str__(self) -> str:
        return f"{self.reason} ({self.where})" if self.where else self.reason
