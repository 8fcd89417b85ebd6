"""The names that MedCom's FHIR messages go by: code systems, identifier systems, extensions and profiles.

Sources: MedCom's FHIR guides (messaging, core, carecommunication, acknowledgement, terminology), dk-core.
"""

from collections.abc import Mapping

from schemas.identity import Nummerart

IG = "http://medcomfhir.dk/ig"
CORE = f"{IG}/core/StructureDefinition"
_CODES = f"{IG}/terminology/CodeSystem"

EVENT_CODES = f"{_CODES}/medcom-messaging-eventCodes"
CATEGORY_CODES = f"{_CODES}/medcom-careCommunication-categoryCodes"
ACTIVITY_CODES = f"{_CODES}/medcom-messaging-activityCodes"
DESTINATION_USE_CODES = f"{_CODES}/medcom-messaging-destinationUse"
ERROR_CODES = f"{_CODES}/medcom-acknowledgement-error-codes"

DESTINATION_USE = f"{IG}/messaging/StructureDefinition/medcom-messaging-destinationUseExtension"
PAYLOAD_TIME = f"{CORE}/medcom-core-datetime-extension"
PAYLOAD_ID = f"{CORE}/medcom-core-identifier-extension"
PAYLOAD_AUTHOR = f"{CORE}/medcom-core-practitioner-extension"
PAYLOAD_CONTACT = f"{CORE}/medcom-core-contact-extension"

SOR = "urn:oid:1.2.208.176.1.1"
GLN = "https://www.gs1.org/gln"
GLN_DK_CORE = "http://www.gs1.org/gln"
"""dk-core fixes http where MedCom writes https; both are in use."""
YDERNUMMER = "urn:oid:1.2.208.176.1.4"
ENDPOINT = "https://sor2.sum.dsdn.dk/#id="
"""What stands before the SOR number in the address of a MedCom endpoint."""

CPR = "urn:oid:1.2.208.176.1.2"
X_ECPR = "urn:oid:1.2.208.176.1.6.1.1"
D_ECPR = "urn:oid:1.2.208.176.1.6.1.3"
"""A regional replacement number's system is this or one of its branches, a branch for each issuer."""

PATIENT_SYSTEMS: Mapping[Nummerart, str] = {Nummerart.CPR: CPR, Nummerart.X_ECPR: X_ECPR}
"""The systems that follow from the number alone; the other kinds also say who issued them, which no event keeps."""

CARE_COMMUNICATION = "care-communication-message"
ACKNOWLEDGEMENT = "acknowledgement-message"
EVENTS = frozenset(
    {
        CARE_COMMUNICATION,
        ACKNOWLEDGEMENT,
        "hospital-notification-message",
        "homecareobservation-message",
        "empty-message",
    }
)
"""MedComMessagingEventCodes, all of it."""

UNKNOWN_CODE = "the code is not in MedCom's list"
"""The one reason given for a code outside its value set, which MedCom answers with an error code of its own."""
