"""The joint plan in the jobcenter's XML: what each element becomes, and what a copy is written as."""

import re
from datetime import date, datetime, timedelta, timezone
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors.contract import Hint, Malformed, NotExpressible, read_safely
from connectors.jobcenter import CONNECTOR
from connectors.jobcenter.plan import write
from schemas.categories import Oplysningstype
from schemas.events import Bruger, Event, Hjemmel, event_from
from schemas.haendelser import IndsatsplanOpdateret
from schemas.ids import event_id
from schemas.parties import Partregister
from schemas.redaction import redact
from schemas.xml import parse_xml

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character of XML 1.0 (section 2.2)."""

offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))

REGISTER = Partregister(version=1, parter=())
HINT = Hint(source="jobcenter", register=REGISTER)

PLAN = """<?xml version="1.0" encoding="UTF-8"?>
<FaellesIndsatsplan xmlns="urn:dk:tvaers:jobcenter:indsatsplan:1.0">
  <MeddelelseIdentifikator>besked-1</MeddelelseIdentifikator>
  <DannetDatoTid>2026-03-02T08:15:00+01:00</DannetDatoTid>
  <Borger>
    <PersonCivilRegistrationIdentifier>2509479989</PersonCivilRegistrationIdentifier>
    <BorgerNavnTekst>Åse Prøve</BorgerNavnTekst>
  </Borger>
  <SagIdentifikator>2026-17</SagIdentifikator>
  <FormaalTekst>koordinering</FormaalTekst>
  <Hjemmel>
    <ParagrafTekst>retssikkerhedsloven § 11 c</ParagrafTekst>
    <BegrundelseTekst>Haster</BegrundelseTekst>
    <AnsvarligTekst>ab12</AnsvarligTekst>
  </Hjemmel>
  <ModtagerSamling>
    <ModtagerIdentifikator>social</ModtagerIdentifikator>
    <ModtagerIdentifikator>uu-vejledning</ModtagerIdentifikator>
  </ModtagerSamling>
  <Bruger>
    <BrugerIdentifikator>ab12</BrugerIdentifikator>
    <BrugerRolleTekst>koordinerende sagsbehandler</BrugerRolleTekst>
  </Bruger>
  <PlanIdentifikator>p1</PlanIdentifikator>
  <PlanVersionNummer>3</PlanVersionNummer>
  <OpdateretDato> 2026-03-01 </OpdateretDato>
  <OverordnetMaalTekst>Gennemføre en uddannelse</OverordnetMaalTekst>
  <HelbredRaekkeSamling>
    <Raekke>
      <DelmaalTekst>Stabil behandling</DelmaalTekst>
      <IndsatsTekst>Hold i Sundhedshuset</IndsatsTekst>
      <AnsvarligSamling>
        <AnsvarligTekst>Borger</AnsvarligTekst>
        <AnsvarligTekst>Behandler</AnsvarligTekst>
      </AnsvarligSamling>
      <StatusKode>bevilget</StatusKode>
      <RaekkefoelgeNummer>1</RaekkefoelgeNummer>
      <StartMaaned>2026-04</StartMaaned>
      <OpfoelgningDato>2026-05-01</OpfoelgningDato>
      <OpfoelgningMaadeTekst>telefon</OpfoelgningMaadeTekst>
      <NaaetIndikator>0</NaaetIndikator>
      <AarsagTekst>Venter på plads</AarsagTekst>
    </Raekke>
  </HelbredRaekkeSamling>
  <BoligOekonomiRaekkeSamling>
    <Raekke>
      <DelmaalTekst>Egen bolig</DelmaalTekst>
      <IndsatsTekst>Voksenstøtte</IndsatsTekst>
      <AnsvarligSamling><AnsvarligTekst>Borger</AnsvarligTekst></AnsvarligSamling>
      <StatusKode>foreslaaet</StatusKode>
    </Raekke>
  </BoligOekonomiRaekkeSamling>
</FaellesIndsatsplan>"""


def read_one(native: str | bytes, hint: Hint = HINT) -> Event:
    """Read a plan that is good."""
    events = read_safely(CONNECTOR, native.encode() if isinstance(native, str) else native, hint)
    assert isinstance(events, list)
    assert len(events) == 1
    return events[0]


def plan_of(event: Event) -> IndsatsplanOpdateret:
    """Return the event's data, a plan."""
    assert isinstance(event.data, IndsatsplanOpdateret)
    return event.data


def malformed(old: str, new: str) -> Malformed:
    """Read the plan with one thing changed, which must be wrong."""
    assert old in PLAN
    outcome = read_safely(CONNECTOR, PLAN.replace(old, new, 1).encode(), HINT)
    assert isinstance(outcome, Malformed)
    return outcome


def written(event: Event) -> bytes:
    """Write a plan that can be written."""
    native = write(event, REGISTER)
    assert isinstance(native, bytes)
    return native


class TestReading:
    def test_every_element_becomes_its_field(self):
        """The document's own words, numbers, dates and flags, area by area."""
        event = read_one(PLAN)
        plan = plan_of(event)
        assert (event.id, event.source) == (event_id("jobcenter", "besked-1", 0, key=b""), "jobcenter")
        assert event.time.isoformat() == "2026-03-02T08:15:00+01:00"
        assert (plan.borger.cpr, plan.borger.navn) == ("2509479989", "Åse Prøve")
        assert (plan.sag, plan.formaal) == ("2026-17", "koordinering")
        assert plan.hjemmel == Hjemmel(paragraf="retssikkerhedsloven § 11 c", begrundelse="Haster", ansvarlig="ab12")
        assert plan.modtagere == ("social", "uu-vejledning")
        assert plan.bruger == Bruger(id="ab12", rolle="koordinerende sagsbehandler")
        assert (plan.plan_id, plan.planversion, plan.opdateret) == ("p1", 3, date(2026, 3, 1))
        assert plan.overordnet_maal == "Gennemføre en uddannelse"
        assert plan.bolig_oekonomi[0].model_dump(exclude_none=True) == {
            "delmaal": "Egen bolig",
            "indsats": "Voksenstøtte",
            "ansvarlige": ("Borger",),
            "status": "foreslaaet",
        }
        assert plan.helbred[0].model_dump() == {
            "delmaal": "Stabil behandling",
            "indsats": "Hold i Sundhedshuset",
            "ansvarlige": ("Borger", "Behandler"),
            "status": "bevilget",
            "raekkefoelge": 1,
            "maaned": "2026-04",
            "opfoelgning_dato": date(2026, 5, 1),
            "opfoelgning_maade": "telefon",
            "naaet": False,
            "aarsag": "Venter på plads",
        }

    @pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252"])
    def test_the_encoding_that_the_document_declares_is_read(self, encoding: str):
        """Jobcenter systems write UTF-8, Latin-1 and Windows-1252."""
        native = PLAN.replace("UTF-8", encoding).encode(encoding)
        assert read_one(native) == read_one(PLAN)

    def test_what_the_document_leaves_out_comes_from_the_hint(self):
        """Case, purpose and employee come from beside the message, where it does not say them itself."""
        bare = PLAN
        for name in ("SagIdentifikator", "FormaalTekst", "Hjemmel", "ModtagerSamling", "Bruger"):
            start, end = bare.index(f"<{name}>"), bare.index(f"</{name}>") + len(f"</{name}>")
            bare = bare[:start] + bare[end:]
        hint = Hint(
            source="jobcenter",
            register=REGISTER,
            sag="2026-99",
            formaal="andet",
            hjemmel=Hjemmel(paragraf="§ 1"),
            bruger=Bruger(id="cd34", rolle="mentor"),
            modtagere=("familie",),
        )
        plan = plan_of(read_one(bare, hint))
        assert (plan.sag, plan.formaal, plan.hjemmel) == ("2026-99", "andet", Hjemmel(paragraf="§ 1"))
        assert (plan.bruger, plan.modtagere) == (hint.bruger, ("familie",))

    def test_the_document_holds_over_the_hint(self):
        """What the sender wrote in the message is what it meant."""
        hint = Hint(source="jobcenter", register=REGISTER, sag="2026-99", formaal="andet", modtagere=("familie",))
        assert read_one(PLAN, hint) == read_one(PLAN)

    def test_a_comment_cuts_nothing_off(self):
        """A text is read past comments and processing instructions inside it, as whoever wrote it sees it."""
        plan = plan_of(read_one(PLAN.replace("Gennemføre en", "Gennemføre<!-- ikke --><?a b?> en")))
        assert plan.overordnet_maal == "Gennemføre en uddannelse"


class TestRefusing:
    @pytest.mark.parametrize(
        ("old", "new", "where"),
        [
            ("<StatusKode>bevilget", "<StatusKode>givet", "HelbredRaekkeSamling/Raekke/StatusKode, line 36"),
            ("<NaaetIndikator>0", "<NaaetIndikator>ja", "HelbredRaekkeSamling/Raekke/NaaetIndikator, line 41"),
            ("2509479989", "250947-9989", "Borger/PersonCivilRegistrationIdentifier, line 6"),
            ("<PlanVersionNummer>3", "<PlanVersionNummer>0", "PlanVersionNummer, line 25"),
            ("+01:00", "", "DannetDatoTid, line 4"),
            ("2026-05-01", "2026-05-32", "HelbredRaekkeSamling/Raekke/OpfoelgningDato, line 39"),
            ("2026-04<", "2026-13<", "HelbredRaekkeSamling/Raekke/StartMaaned, line 38"),
            ("<PlanIdentifikator>p1</PlanIdentifikator>", "", "PlanVersionNummer, line 25"),
            ("<AnsvarligTekst>Behandler", "<AnsvarligTekst>", "AnsvarligSamling/AnsvarligTekst[2], line 34"),
            ("<Borger>", '<Borger aaseProeve="1">', "Borger, line 5"),
            ("<Borger>", "<Borger>Åse Prøve", "Borger, line 5"),
        ],
    )
    def test_the_element_and_line_at_fault_are_named(self, old: str, new: str, where: str):
        """Whoever sent it can find it without anybody quoting it."""
        outcome = malformed(old, new)
        assert outcome.where.startswith("FaellesIndsatsplan/")
        assert outcome.where.endswith(where)
        assert "SCHEMAV" in outcome.reason

    @pytest.mark.parametrize(
        ("old", "new", "where"),
        [
            ("<PlanIdentifikator>", "<AaseProeve/><PlanIdentifikator>", "FaellesIndsatsplan/?, line 24"),
            (
                "<PlanIdentifikator>",
                "<a:Aase xmlns:a='b'/><PlanIdentifikator>",
                "an element of another namespace, line 24",
            ),
            ("indsatsplan:1.0", "indsatsplan:2.0", "FaellesIndsatsplan, line 2"),
        ],
    )
    def test_a_name_that_the_schema_has_not_is_not_repeated(self, old: str, new: str, where: str):
        """An element's name, too, may be somebody's."""
        assert malformed(old, new).where == where

    def test_a_date_that_no_cpr_number_has(self):
        """The schema knows the number's form; that its date is possible is checked on the way to the event."""
        assert malformed("2509479989", "3202479989").where == "data.borger.cpr"


class TestWriting:
    def test_a_copy_reads_back_but_for_its_id(self):
        """Everything a receiver may have is in the document it gets."""
        event = read_one(PLAN)
        copy = redact(event, frozenset(Oplysningstype))
        assert copy is not None
        again = read_one(written(copy))
        assert again.id == event_id("jobcenter", copy.id, 0, key=b"")
        assert again.model_copy(update={"id": copy.id}) == copy

    def test_a_withheld_area_is_simply_absent(self):
        """A copy without health has no trace of that area and is valid all the same."""
        copy = redact(read_one(PLAN), {Oplysningstype.PLAN, Oplysningstype.BOLIG, Oplysningstype.OEKONOMI})
        assert copy is not None
        native = written(copy)
        assert b"Helbred" not in native
        assert b"BoligOekonomiRaekkeSamling" in native
        assert plan_of(read_one(native)).bruger is None

    def test_the_barest_copy_can_be_written(self):
        """The schema requires nothing that a redacted copy may lack."""
        copy = redact(read_one(PLAN), {Oplysningstype.PLAN})
        assert copy is not None
        assert plan_of(read_one(written(copy))) == copy.data

    def test_what_only_the_bus_reads_is_never_written(self):
        """Even an event that still has its basis and recipients is written without them."""
        native = written(read_one(PLAN))
        assert b"Hjemmel" not in native
        assert b"Modtager" not in native

    def test_a_character_that_xml_cannot_carry_is_not_expressible(self):
        """JSON may hold what no XML document can; nothing is dropped in silence."""
        content = read_one(PLAN).content() | {"overordnet_maal": "\x00"}
        event = event_from({**read_one(PLAN).model_dump(mode="json", exclude={"data"}), "data": content})
        assert isinstance(write(event, REGISTER), NotExpressible)

    def test_a_number_that_the_schema_has_no_room_for_is_not_expressible(self):
        """What was written is always valid."""
        content = read_one(PLAN).content() | {"planversion": 10**18}
        event = event_from({**read_one(PLAN).model_dump(mode="json", exclude={"data"}), "data": content})
        assert isinstance(write(event, REGISTER), NotExpressible)

    @settings(max_examples=150, deadline=None)
    @given(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
        st.datetimes(timezones=offsets),
        st.dates(),
        st.integers(1, 10**18 - 1),
    )
    def test_any_words_are_written_as_they_are_or_not_at_all(self, words: str, time: datetime, day: date, number: int):
        """White space, markup and all: the document says exactly what the event says, and is valid."""
        event = read_one(PLAN)
        plan = plan_of(event).model_copy(
            update={"overordnet_maal": words, "plan_id": words, "opdateret": day, "planversion": number}
        )
        event = event.model_copy(update={"data": plan, "time": time})
        native = write(event, REGISTER)
        assert isinstance(native, bytes) == (NOT_XML.search(words) is None)
        if isinstance(native, bytes):
            again = read_one(native)
            assert again.time == event.time
            assert plan_of(again) == plan.model_copy(update={"hjemmel": None, "modtagere": ()})


class TestSchema:
    def test_the_schema_is_one_and_documents_itself_in_danish(self):
        """The published schema compiles, and what it asks of a sender's system is said where it is asked."""
        document = parse_xml(files("connectors.jobcenter").joinpath("indsatsplan.xsd").read_bytes())
        assert etree.XMLSchema(document)
        documentation = list(document.iter("{*}documentation"))
        assert documentation
        assert {one.get("{http://www.w3.org/XML/1998/namespace}lang") for one in documentation} == {"da"}

    def test_every_area_of_the_plan_has_its_element_in_the_same_order(self):
        """An area added to the event cannot be forgotten in the document."""
        areas = [
            name for name, info in IndsatsplanOpdateret.model_fields.items() if "Planraekke" in str(info.annotation)
        ]
        rows = {name: [plan_of(read_one(PLAN)).bolig_oekonomi[0].model_dump(mode="json")] for name in areas}
        event = read_one(PLAN)
        full = event_from({**event.model_dump(mode="json", exclude={"data"}), "data": event.content() | rows})
        root = parse_xml(written(full))
        found = [etree.QName(one).localname for one in root if "RaekkeSamling" in etree.QName(one).localname]
        assert [one.removesuffix("RaekkeSamling").lower() for one in found] == [one.replace("_", "") for one in areas]
