"""What can go wrong on the bus, as one family."""


class BusError(Exception):
    """Root of every failure that leaves `gateway.bus`; the text never holds payload or header values."""


class BusUnavailable(BusError):  # noqa: N818 - the state of the bus, as the caller reads it
    """The bus did not answer, or not in time: try again later."""


class PublishUnsettled(BusUnavailable):
    """A publish may or may not have been stored, and the fence that would tell got no answer."""


class BusRefused(BusError):  # noqa: N818 - what happened
    """The bus said no, or it is a bus that cannot be trusted; trying again changes nothing.

    `err_code` and `description` are JetStream's (they name streams and sequences); 0 and empty where we refuse.
    """

    def __init__(self, message: str, err_code: int = 0, description: str = "") -> None:
        super().__init__(f"{message} (JetStream {err_code}: {description})" if err_code else message)
        self.err_code = err_code
        self.description = description
