"""What can go wrong with the disclosure log. Who checks one from outside meets `merkle.VerificationError` instead."""


class LogError(Exception):
    """The disclosure log cannot do what was asked of it without breaking a promise."""


class EntryError(LogError):
    """The entry holds something that a leaf cannot hold; the message names the field, never its value."""


class SealError(LogError):
    """The box does not open with this key, or what it held is not what the leaf committed to."""


class KeyStoreError(LogError):
    """The key store could not be read, written or wiped."""


class SignerError(LogError):
    """The file with the log's signing key is missing, malformed, open to others, or of another log."""


class SequencerError(LogError):
    """The stored tree is not the one that was signed; nothing is sequenced until a person has looked."""


class ExportError(LogError):
    """There is nothing to export yet, or the directory cannot take it."""


class WitnessError(LogError):
    """The witness cannot keep what it has seen, or has lost it; it signs nothing."""
