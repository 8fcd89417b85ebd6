"""Medical certificates: a request may go when the answer could, and each heading of an answer has its categories."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, event_from
from schemas.haendelser.laegeattest import LaegeattestAnmodet, LaegeattestModtaget
from schemas.parties import Partsart
from schemas.redaction import redact

ALL = frozenset(Type)
LETTER = ("Identifier", "VersionCode", "StatisticalCode", "Authorisation", "TypeCode", "Letter", "Sender", "Patient")
REQUESTS = {
    "CreationDate": "anmodet",
    "ShortStatementText": "redegoerelse",
    "Contact": "kontakter",
    "LegalAuthority": "lovgrundlag",
    "ConsentCode": "lovgrundlag",
    "PublicSecurityAct": "lovgrundlag",
    "SubSectionText": "lovgrundlag",
    "AppointmentByDate": "tid_senest",
    "AnswerByDate": "svarfrist",
    "RequestCode": "aarsag",
    "OtherReasonText": "anden_aarsag",
}
STATUS = {
    "CreationDate": "udfyldt",
    "ObjectiveAssesmentText": "sygehistorie",
    "SubjectiveAssesmentText": "vurdering",
    "Returned": "returneret",
}
GENERAL = {
    "CreationDate": "udfyldt",
    "PatientAssociationDate": "laege_siden",
    "HistoryOfIllnessText": "sygehistorie",
    "ObjectiveAssesmentText": "objektiv_undersoegelse",
    "DiagnosisText": "diagnoser",
    "OptionsOfTreatmentText": "behandlingsmuligheder",
    "DescriptionOfAbilityText": "funktionsevne",
    "PrognosisText": "prognose",
    "SocialMedicalProposalText": "socialmedicinsk_forslag",
    "SpecialistText": "speciallaege",
    "OtherText": "eventuelt",
}
PROPOSAL = {
    "CreationDate": "udfyldt",
    "ConsiderationProposalText": "problemstilling",
    "ExtraInformationProposal": "foreslaaede_attester",
    "StatusRequest": "foreslaaede_attester",
    "SpecificHealthStatusRequest": "foreslaaede_attester",
    "GeneralHealthStatusRequest": "foreslaaede_attester",
    "SpecialDoctorRequest": "foreslaaede_attester",
    "OtherRequests": "andre_forslag",
    "WishInformationCode": "oensker_underretning",
}
SICKNESS = {
    "CreationDate": "udfyldt",
    "FirstDayOffText": "foerste_fravaersdag",
    "WorkingDisabilityFromCode": "uarbejdsdygtig",
    "PartlyOrFullWorkingDisabilityCode": "uarbejdsdygtighed",
    "ExpectedDurationText": "forventet_varighed",
    "StartedWorkingAgainCode": "arbejde_genoptaget",
    "DescriptionText": "diagnoser",
    "FirstVisitDate": "foerste_konsultation",
    "OtherTreatmentText": "behandling",
    "AdditionalInformationText": "eventuelt",
    "CurrentDiagnosisText": "diagnoser",
    "OtherDiagnosisText": "andre_diagnoser",
    "CurrentTreatmentText": "behandling",
    "ExpectedDurationInDays": "forventet_varighed_dage",
    "RehabilitationFromTreatmentCode": "behandling_er_nok",
    "RehabilitationFromCombinedCode": "behandling_og_foranstaltning",
    "HealthDetailText": "vurdering",
    "ExtraInformationText": "eventuelt",
}
SCHEMAS = {
    **dict.fromkeys(("LA121", "LA141", "LA201", "LA211"), (LaegeattestAnmodet, REQUESTS)),
    "LA125": (LaegeattestModtaget, STATUS),
    "LA145": (LaegeattestModtaget, GENERAL),
    **dict.fromkeys(("LA205", "LA215"), (LaegeattestModtaget, SICKNESS)),
    "LA165": (LaegeattestModtaget, PROPOSAL),
}
"""Where each heading of MedCom's schemas stands in the event."""

FORMS = ("LÆ125", "LÆ 141", "LÆ145", "LÆ 165", "LÆ201", "LÆ205", "LÆ211", "LÆ215", "LÆ 265", "LÆ 285", "LÆ135")


def example(kind: Any, **changes: Any) -> Event:
    """Return the example of an event class, with other data in it; None takes a field away."""
    document = json.loads(files("schemas").joinpath(f"eksempler/{kind.navn}.v1.json").read_bytes())
    data = {name: value for name, value in (document["data"] | changes).items() if value is not None}
    return event_from(document | {"data": data})


def read(event: Event, *typer: Type) -> set[str]:
    """Return the names of what someone with these categories reads; nothing where the event is withheld."""
    copy = redact(event, frozenset(typer))
    return set() if copy is None else set(copy.content()) - {"borger", "sag", "formaal"}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_heading_of_a_form_has_a_field(schema: str, real: Path):
    """No heading of MedCom's nine forms is missing, and none of ours is made up."""
    kind, fields = SCHEMAS[schema]
    tree = etree.parse(real / "medcom-xsd" / "2005" / "08" / "07" / f"{schema}.xsd").getroot()
    inner = [one for one in tree.iter("{*}element") if one.getparent() is not tree]
    headings = {one.get("name") for one in inner if one.get("name")} - set(LETTER)
    assert headings <= fields.keys()
    assert {fields[heading] for heading in headings} <= kind.model_fields.keys()


class TestARequest:
    def test_declares_what_it_asks_for(self):
        """Whether the request may go is whether the answer could."""
        event = example(LaegeattestAnmodet, oplysningstyper=["helbred", "misbrug"])
        assert event.data.asks
        assert event.data.core() == {Type.HELBRED, Type.MISBRUG}
        assert read(event, *(ALL - {Type.MISBRUG})) == set()

    def test_names_a_legal_authority(self):
        """Consent or a subsection: MedCom's forms have one of the two, and so must we."""
        with pytest.raises(SchemaError):
            example(LaegeattestAnmodet, lovgrundlag=None)

    def test_says_what_for(self):
        """Forms 121 to 211 give an account of the case, whom to call, and a reason, which names a benefit."""
        asked = read(example(LaegeattestAnmodet, oplysningstyper=["helbred"]), Type.HELBRED)
        assert {"redegoerelse", "spoergsmaal", "anden_aarsag", "tid_senest", "svarfrist", "meddelelse"} <= asked
        assert not {"aarsag", "kontakter", "borgerens_oplysninger"} & asked
        assert "aarsag" in read(example(LaegeattestAnmodet), *ALL)

    def test_passes_the_citizens_own_words_on_as_such(self):
        """What the citizen says of the illness is health and the citizen's own comment both."""
        asked = example(LaegeattestAnmodet, oplysningstyper=["helbred", "borgerens_kommentarer"])
        assert "borgerens_oplysninger" in read(asked, Type.HELBRED, Type.BORGERENS_KOMMENTARER)


class TestACertificate:
    @pytest.mark.parametrize("form", FORMS)
    def test_is_any_of_the_forms(self, form: str):
        """The number says which form it is; more numbers come than are known today."""
        assert example(LaegeattestModtaget, blanket=form).content()["blanket"] == form

    @pytest.mark.parametrize("form", ["265", "LÆ", "LÆ 26", "LÆ 2650"])
    def test_has_a_number(self, form: str):
        """What is no LÆ number is refused."""
        with pytest.raises(SchemaError):
            example(LaegeattestModtaget, blanket=form)

    def test_may_be_nothing_but_number_and_date(self):
        """A form that is returned unanswered is a certificate too."""
        document = example(LaegeattestModtaget).as_json()
        data = {name: json.loads(document)["data"][name] for name in ("borger", "blanket", "udfyldt")}
        event_from(json.loads(document) | {"data": data | {"returneret": True}})

    def test_is_health(self):
        """That there is one is health already."""
        assert read(example(LaegeattestModtaget), *(ALL - {Type.HELBRED})) == set()

    def test_what_the_doctor_writes_is_unread_text_unless_declared(self):
        """Form number, date and ticks go with health; the conclusion and the history wait for what text may hold."""
        silent = example(LaegeattestModtaget, oplysningstyper=[])
        seen = read(silent, Type.HELBRED)
        assert {"blanket", "udfyldt", "lovgrundlag", "returneret", "uarbejdsdygtig", "sygdomsbillede"} <= seen
        assert not {"konklusion", "sygehistorie", "diagnoser", "skaanebehov", "helbredsforhold", "bilag"} & seen
        assert {"konklusion", "sygehistorie", "diagnoser", "bilag"} <= read(silent, *FRITEKST)
        assert "konklusion" in read(example(LaegeattestModtaget, oplysningstyper=["helbred"]), Type.HELBRED)

    @pytest.mark.parametrize("missing", [Type.MISBRUG, Type.BOLIG, Type.OEKONOMI, Type.NETVAERK_FAMILIE])
    def test_other_circumstances_are_all_that_the_heading_names(self, missing: Type):
        """Form 265 asks for social circumstances and substance use under one heading."""
        assert "andre_forhold" not in read(example(LaegeattestModtaget), *(ALL - {missing}))

    def test_the_citizens_perspective_is_the_citizens_comment(self):
        """The doctor comments on what the citizen says, so it shows."""
        assert "borgerens_perspektiv" not in read(example(LaegeattestModtaget), *(ALL - {Type.BORGERENS_KOMMENTARER}))

    def test_a_fee_goes_to_no_cpr_number(self):
        """The fee form has a place for the doctor's own number; the event refuses it."""
        fee = {"registreringsnummer": "0999", "kontonummer": "1234567", "cpr": "0201919990"}
        with pytest.raises(SchemaError):
            example(LaegeattestModtaget, betaling=fee)
        assert "betaling" not in read(example(LaegeattestModtaget), *(ALL - {Type.SAGSFORLOEB}))

    def test_a_doctor_sends_it(self):
        """Own GP, hospital or the region's health professionals; never the municipality."""
        assert Partsart.FORVALTNING not in LaegeattestModtaget.senders
        assert Partsart.PRAKTISERENDE_LAEGE in LaegeattestModtaget.senders
