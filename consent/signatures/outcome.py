"""What verification answers: a document that counts as signed, or the reason why it does not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from lxml import etree

LONG_TERM = "bærer mere end niveau T (LT/LTA); arkivtidsstempler er ikke vurderet"
"""The remark on a document that carries more than level T: its revocation answers count, its archive timestamps not."""

Level = Literal["B", "T"]
Form = Literal["xml", "pdf"]


class Reason(StrEnum):
    """Why a document counts as unsigned."""

    IKKE_XML = "ikke_xml"
    IKKE_PDF = "ikke_pdf"
    INGEN_UNDERSKRIFT = "ingen_underskrift"
    FLERE_UNDERSKRIFTER = "flere_underskrifter"
    FORKERT_PLACERING = "forkert_placering"
    DOBBELT_ID = "dobbelt_id"
    IKKE_XADES = "ikke_xades"
    IKKE_PADES = "ikke_pades"
    FORKERT_REFERENCE = "forkert_reference"
    FORKERT_DAEKNING = "forkert_daekning"
    ALGORITME_IKKE_TILLADT = "algoritme_ikke_tilladt"
    CERTIFIKAT_MANGLER = "certifikat_mangler"
    CERTIFIKAT_IKKE_BUNDET = "certifikat_ikke_bundet"
    CERTIFIKAT_UDLOEBET = "certifikat_udloebet"
    CERTIFIKAT_IKKE_BEGYNDT = "certifikat_ikke_begyndt"
    CERTIFIKAT_ANDET_FORMAAL = "certifikat_andet_formaal"
    CERTIFIKAT_IKKE_BETROET = "certifikat_ikke_betroet"
    CERTIFIKAT_TILBAGEKALDT = "certifikat_tilbagekaldt"
    OCSP_MANGLER = "ocsp_mangler"
    TIDSSTEMPEL_UGYLDIGT = "tidsstempel_ugyldigt"
    TIDSSTEMPEL_ANDET_DOKUMENT = "tidsstempel_andet_dokument"
    TIDSSTEMPEL_IKKE_BETROET = "tidsstempel_ikke_betroet"
    UNDERSKRIVER_IKKE_PERSON = "underskriver_ikke_person"
    UNDERSKRIVER_IKKE_ANSAT = "underskriver_ikke_ansat"
    INDHOLD_AENDRET = "indhold_aendret"
    UNDERSKRIFT_UGYLDIG = "underskrift_ugyldig"
    AENDRET_EFTER_UNDERSKRIFT = "aendret_efter_underskrift"
    SAMTYKKE_MANGLER = "samtykke_mangler"
    VISNING_AFVIGER = "visning_afviger"
    KONTROL_FEJLEDE = "kontrol_fejlede"


@dataclass(eq=False, slots=True)
class SignatureRefused(Exception):  # noqa: N818 - a refusal, which the verifiers turn into a value
    """The document counts as unsigned. `where` names a part of the signature, never content of the document."""

    reason: Reason
    where: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed: the person's UUID at the issuer, in lower case, and the certificate's SHA-256 in hexadecimal.

    The certificate holds no CPR number: that this UUID is the citizen is for the service to establish.
    """

    uuid: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A document whose signature holds.

    `signed` is the root element of the samtykke as it was signed, without any signature: read nothing else.
    `signing_time` is the signer's claim, evidence of nothing. At level "T" the signature existed at `proven_time`, by
    a timestamp that was verified, and the certificate was valid then; at level "B" there is no such time, and the
    certificate is valid now. `remark` says what the document carries beyond that and nobody looked at.
    """

    signed: etree._Element
    signer: Signer
    signing_time: datetime
    algorithm: str
    form: Form
    proven_time: datetime | None = None
    remark: str = ""

    @property
    def level(self) -> Level:
        """The baseline level that was verified (ETSI EN 319 132-1 and EN 319 142-1)."""
        return "B" if self.proven_time is None else "T"


@dataclass(frozen=True, slots=True)
class NotVerified:
    """A document that counts as unsigned. `where` names a part of the signature, never content of the document."""

    reason: Reason
    where: str
