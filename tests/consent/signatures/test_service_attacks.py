"""Attacks on the consent service: what a true signature does not make true, and what no signature at all may do."""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from consent.document import write_document
from consent.errors import ConsentRefused
from consent.pdf import write_pdf
from consent.rules import Reason, Request, decide
from consent.sealing import open_box
from consent.service import Registered
from ops.sample.pki import Credential
from schemas.xml import parse_xml

if TYPE_CHECKING:
    from tests.consent.conftest import Office
    from tests.consent.signatures.conftest import Lab

CPR, OTHER_CPR = "2509479989", "0201919990"
ANE, BO = "11111111-2222-4333-8444-555555555555", "0b8e7f36-93a5-4d0e-8a41-7c6d5e4f3a2b"
NAMES = {"jobcenter": "Jobcentret", "social": "Socialforvaltningen"}
HOUR = timedelta(hours=1)


class Desk:
    """A registrar's desk, where documents are handed in."""

    def __init__(self, office: "Office", lab: "Lab") -> None:
        self.office = office
        self.lab = lab
        self.now = datetime.now(UTC)
        self.ane, self.bo = (lab.person(uuid=one, since=self.now - HOUR, until=self.now + HOUR) for one in (ANE, BO))

    def signed(self, value: Mapping[str, Any], by: Credential | None = None, form: str = "xml") -> bytes:
        """Return a declaration as a citizen signs it now, at level T."""
        signer = by or self.ane
        document = write_document(value, NAMES, "Sagsbehandler")
        rest = {"stamper": self.lab.stamper(at=self.now), "answers": [self.lab.good(signer, at=self.now)]}
        if form == "pdf":
            return self.lab.pdf(signer, pages=write_pdf(document), **rest)
        return self.lab.xml(signer, signed=self.office.pki.sign(document, signer), **rest)

    def hand_in(self, document: bytes) -> Registered | ConsentRefused:
        """Register what is handed in."""
        service, trust = self.office.service, self.lab.trust
        return self.office.do(lambda one: service.register(one, document, trust, NAMES, "registrar"))

    def refusal(self, document: bytes) -> str:
        """Return why what is handed in is refused."""
        outcome = self.hand_in(document)
        assert isinstance(outcome, ConsentRefused)
        return outcome.code


@pytest.fixture
def desk(make_office: Callable[[str], "Office"], sqlite_url: str, lab: "Lab") -> Desk:
    """Return a desk where Ane is known to sign for herself."""
    office = make_office(sqlite_url)
    office.confirm(signer=ANE)
    return Desk(office, lab)


class TestTwins:
    @pytest.mark.parametrize("form", ["xml", "pdf"])
    def test_a_signed_declaration_is_registered(self, desk: Desk, form: str) -> None:
        """What the attacks below start from permits what it says, in either form."""
        registered = desk.hand_in(desk.signed(desk.office.scope(), form=form))
        assert isinstance(registered, Registered)
        assert (registered.new, registered.form, registered.level) == (True, form, "T")
        assert set(desk.office.decide("plan", "helbred").permitted) == {"plan"}

    @pytest.mark.parametrize("form", ["xml", "pdf"])
    def test_the_record_says_what_the_signature_proved(self, desk: Desk, form: str) -> None:
        """With the version is kept, sealed: the very file, its form and level, the proven time and the certificate."""
        document = desk.signed(desk.office.scope(), form=form)
        desk.hand_in(document)
        [row] = desk.office.stored()
        key = desk.office.keys.find(row.key_id)
        assert key is not None
        kept = json.loads(open_box(key, row.box, f"samtykke:{row.samtykke_id}:{row.version}"))
        assert b64decode(kept["dokument"]) == document
        assert (kept["underskrift"]["form"], kept["underskrift"]["niveau"]) == (form, "T")
        proven = datetime.fromisoformat(kept["underskrift"]["bevist_tid"])
        assert abs(proven - desk.now) < timedelta(seconds=1)

    def test_both_forms_of_one_declaration_are_one(self, desk: Desk) -> None:
        """A citizen who signs the same as XML and as PDF has declared it once."""
        answers = [desk.hand_in(desk.signed(desk.office.scope(), form=form)) for form in ("xml", "pdf")]
        assert [one.new for one in answers if isinstance(one, Registered)] == [True, False]


class TestAnotherCitizensDeclaration:
    def test_signed_by_somebody_else(self, desk: Desk) -> None:
        """Bo may sign for himself; what he signs in Ane's name permits nothing."""
        desk.office.confirm(OTHER_CPR, signer=BO)
        desk.hand_in(desk.signed(desk.office.scope(), desk.bo))
        assert desk.office.decide().withheld == {"plan": Reason.UNDERSKRIFT_UGYLDIG}

    def test_under_another_citizens_id(self, desk: Desk) -> None:
        """A declaration of Bo's, truly signed by him, does not replace Ane's by taking its id."""
        desk.office.confirm(OTHER_CPR, signer=BO)
        desk.hand_in(desk.signed(desk.office.scope()))
        other = desk.signed(desk.office.scope(version=2, borger=OTHER_CPR), desk.bo)
        assert desk.refusal(other) == "anden_borgers_id"
        assert set(desk.office.decide().permitted) == {"plan"}


class TestReusedForAnotherCase:
    def test_the_signature_in_another_declaration(self, desk: Desk) -> None:
        """Ane's signature on one case, put under a declaration for another, is refused."""
        signed = parse_xml(desk.signed(desk.office.scope()))
        other = parse_xml(write_document(desk.office.scope(2, sag="sag-2"), NAMES, "Sagsbehandler"))
        other.append(signed[-1])
        assert desk.refusal(etree.tostring(other)) == "indhold_aendret"

    def test_the_declaration_in_another_case(self, desk: Desk) -> None:
        """A declaration for one case permits nothing in the next, though all of it is in order."""
        desk.hand_in(desk.signed(desk.office.scope()))
        file = desk.office.file()
        asked = Request(file.borger_id, "sag-2", "rehabilitering", "jobcenter", "social", ("plan",))
        kinds = dict.fromkeys(NAMES, "forvaltning")
        assert decide(asked, file.consents, (), kinds, datetime.now(UTC)).withheld == {"plan": Reason.ANDEN_SAG}


class TestDowngradeToPaper:
    def test_a_printout(self, desk: Desk) -> None:
        """The unsigned PDF, as it would be printed, is no declaration: not the first, and not the next version."""
        desk.hand_in(desk.signed(desk.office.scope()))
        wider = [{"punkt": 1, "parter": list(NAMES), "oplysningstyper": ["plan", "helbred"]}]
        value = desk.office.scope(version=2, punkter=wider)
        printed = write_pdf(write_document(value, NAMES, "Sagsbehandler"))
        assert desk.refusal(printed) == "ingen_underskrift"
        assert set(desk.office.decide("plan", "helbred").permitted) == {"plan"}
        assert isinstance(desk.hand_in(desk.signed(value, form="pdf")), Registered)

    def test_a_signature_taken_off(self, desk: Desk) -> None:
        """A signed PDF cut back to its pages falls back on nothing."""
        value = desk.office.scope()
        signed = desk.signed(value, form="pdf")
        pages = write_pdf(write_document(value, NAMES, "Sagsbehandler"))
        assert signed.startswith(pages)
        assert desk.refusal(signed[: len(pages)]) == "ingen_underskrift"
        assert desk.office.stored() == []


class TestUnsignedHigherVersion:
    @pytest.mark.parametrize("wider", [True, False])
    def test_it_replaces_nothing(self, desk: Desk, wider: bool) -> None:
        """An unsigned version neither widens what was signed nor, being the highest, hides it."""
        desk.hand_in(desk.signed(desk.office.scope()))
        points = [{"punkt": 1, "parter": list(NAMES), "oplysningstyper": ["helbred"]}] if wider else []
        value = desk.office.scope(version=2, punkter=points)
        assert desk.refusal(write_document(value, NAMES, "Sagsbehandler")) == "ingen_underskrift"
        assert set(desk.office.decide("plan", "helbred").permitted) == {"plan"}
        assert [row.version for row in desk.office.stored()] == [1]

    def test_nor_with_the_lower_versions_signature(self, desk: Desk) -> None:
        """The signature of version 1 is none on version 2."""
        signed = desk.signed(desk.office.scope())
        desk.hand_in(signed)
        forged = signed.replace(b">1</samtykke:VersionIdentifikator>", b">2</samtykke:VersionIdentifikator>")
        assert desk.refusal(forged) == "indhold_aendret"
        assert [row.version for row in desk.office.stored()] == [1]
