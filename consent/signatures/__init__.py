"""Verify the signature on a samtykke, under pinned trust anchors and at a proven time.

XML is verified as XAdES and PDF as PAdES, baseline B and T. What is read further is what the signature covers
(`Verified.signed`), never the file around it. Why a time must be proven: docs/adr/0008.
"""

from datetime import datetime

from consent.signatures.outcome import LONG_TERM, NotVerified, Reason, Signer, Verified
from consent.signatures.trust import AnchorsRefused, Trust, load_anchors

__all__ = [
    "LONG_TERM",
    "AnchorsRefused",
    "NotVerified",
    "Reason",
    "Signer",
    "Trust",
    "Verified",
    "load_anchors",
    "verify_signed",
]

_PDF = b"%PDF-"


def verify_signed(document: bytes, trust: Trust, now: datetime) -> Verified | NotVerified:
    """Verify that a person signed the samtykke in `document`, an XML or PDF file. Never raises.

    `now` is an aware instant; the steps of the proof are those of `verify_xades` and `verify_pades`. The caller MUST
    still establish that the signer may sign for the citizen.
    """
    if document.startswith(_PDF):
        from consent.signatures.pades import verify_pades

        return verify_pades(document, trust, now)
    from consent.signatures.xades import verify_xades

    return verify_xades(document, trust, now)
