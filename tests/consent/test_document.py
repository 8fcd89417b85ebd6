"""The samtykke document: what was shown is what is enforced, and what was written is what is read."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta, timezone
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from consent.document import MAX_DOCUMENT_BYTES, NAMESPACE, DocumentRefused, read_document, write_document
from consent.wording import MODTAGERE, render_text
from schemas.categories import Oplysningstype
from schemas.parties import Partsart
from schemas.xml import parse_xml

NAMES = {
    "jobcenter": "Jobcentret",
    "social": "Socialforvaltningen",
    "laege-079741": "Lægehuset, Torvet",
    "boligforening": "Boligforeningen",
    "rusmiddel": "Rusmiddelcentret",
}
DECLARATION: dict[str, Any] = {
    "samtykke_id": "urn:uuid:11111111-1111-4111-8111-111111111111",
    "version": 2,
    "borger": "2509479989",
    "sag": "sag-1",
    "formaal": "rehabilitering",
    "punkter": [
        {"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan", "fremmoede"]},
        {"punkt": "navngivet", "fra": ["social"], "til": ["boligforening"], "oplysningstyper": ["bolig"]},
    ],
    "spaerringer": [{"til": ["rusmiddel", "privat"], "oplysningstyper": ["*"]}],
    "afgivet": "2026-03-01T10:00:00+01:00",
    "gyldig_til": "2026-06-30",
}
TEXT = """\
Samtykke til at dele oplysninger

Erklæring urn:uuid:11111111-1111-4111-8111-111111111111, version 2.
Den erstatter alle tidligere versioner af den samme erklæring, også deres spærringer.
Mit personnummer er 2509479989.
Samtykket gælder kun sagen sag-1.
Samtykket gælder kun dette formål: rehabilitering.

Jeg giver samtykke (punkt 1): Kommunens forvaltninger og Ungdommens Uddannelsesvejledning må hente oplysninger om mig \
hos hinanden og give dem videre til hinanden.
  Det gælder kun mellem:
  - Jobcentret
  - Socialforvaltningen
  Det gælder kun oplysninger om:
  - mine planer og mål
  - mit fremmøde og fravær
Jeg giver samtykke (navngivne parter): Disse parter må give oplysninger om mig videre til dem, jeg nævner som \
modtagere. Kun den vej.
  Fra:
  - Socialforvaltningen
  Til:
  - Boligforeningen
  Det gælder kun oplysninger om:
  - min bolig

Jeg spærrer for oplysninger. Spærringen går forud for alle mine samtykker, men ikke for regler i loven, der gælder \
uden mit samtykke.
  De må ikke gives til:
  - Rusmiddelcentret
  - alle private
  Det gælder oplysninger om:
  - alle oplysninger

Erklæringen er afgivet den 1. marts 2026 kl. 10.00.
Samtykket gælder til og med den 30. juni 2026, dog højst i ét år.
Jeg kan når som helst trække mit samtykke tilbage, helt eller delvist.
Jeg har fået at vide, hvad det betyder for min sag, hvis jeg siger nej eller trækker samtykket tilbage."""

_words = st.text(st.characters(max_codepoint=0x24F, categories=["Lu", "Ll", "Nd", "Po", "Sm"]), max_size=20)
_identifiers = st.builds(lambda first, rest: first + rest, st.sampled_from("aZæØ7"), _words)
_parties = st.lists(st.sampled_from(sorted(NAMES)), min_size=1, max_size=4)
_categories = st.lists(st.sampled_from([str(category) for category in Oplysningstype]), min_size=1, max_size=5)
_points = st.one_of(
    st.fixed_dictionaries(
        {"punkt": st.integers(min_value=1, max_value=4), "parter": _parties, "oplysningstyper": _categories}
    ),
    st.fixed_dictionaries(
        {"punkt": st.just("navngivet"), "fra": _parties, "til": _parties, "oplysningstyper": _categories}
    ),
)
_blocks = st.fixed_dictionaries(
    {
        "til": st.lists(st.sampled_from([*NAMES, *(str(kind) for kind in Partsart), "*"]), min_size=1, max_size=4),
        "oplysningstyper": st.one_of(_categories, st.just(["*"])),
    }
)
_instants = st.datetimes(
    datetime(2000, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2099, 12, 30),  # noqa: DTZ001 - the same
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=1)), timezone(timedelta(hours=5, minutes=30))]),
)
_declarations = st.fixed_dictionaries(
    {
        "samtykke_id": _identifiers,
        "version": st.integers(min_value=1, max_value=999_999),
        "borger": st.sampled_from(["2509479989", "0201919990", "8509479989", "0703921VJ4", "1206550VK9"]),
        "sag": _identifiers,
        "formaal": _identifiers,
        "punkter": st.lists(_points, max_size=4),
        "spaerringer": st.lists(_blocks, max_size=3),
        "afgivet": _instants.map(lambda moment: moment.isoformat()),
        "gyldig_til": st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(lambda day: day.isoformat()),
    }
)


def document(**changed: Any) -> etree._Element:
    """Return the root of a document as a verified signature would hand it on."""
    return parse_xml(write_document({**DECLARATION, **changed}, NAMES, "Ane Eksempel, jobcentret"))


def element(root: etree._Element, name: str) -> etree._Element:
    """Return the first element of that name."""
    return next(root.iter(f"{{{NAMESPACE}}}{name}"))


def refusal(root: etree._Element) -> DocumentRefused:
    """Return why the document is refused."""
    with pytest.raises(DocumentRefused) as refused:
        read_document(root)
    return refused.value


class TestRoundTrip:
    @given(_declarations)
    @settings(max_examples=150, deadline=None)
    def test_what_was_written_is_what_is_read(self, declaration: dict[str, Any]) -> None:
        """Any declaration of the form is read back as exactly the value that was written."""
        read = read_document(parse_xml(write_document(declaration, NAMES, "Ane Eksempel")))
        assert read.declaration == declaration
        assert read.text == render_text(declaration, NAMES)

    def test_everything_signed_is_there(self) -> None:
        """Beside the declaration the document carries the words, their hash, the names used and who informed."""
        read = read_document(document())
        assert read.declaration == DECLARATION
        assert read.text == TEXT
        assert read.text_hash == hashlib.sha256(TEXT.encode()).hexdigest()
        assert read.oplyst_af == "Ane Eksempel, jobcentret"
        assert read.names == {party: NAMES[party] for party in ("jobcenter", "social", "boligforening", "rusmiddel")}

    def test_a_declaration_may_do_no_more_than_lift_a_block(self) -> None:
        """A version without points and blocks is read, and its words say that it gives and blocks nothing."""
        read = read_document(document(punkter=[], spaerringer=[]))
        assert read.declaration["punkter"] == read.declaration["spaerringer"] == []
        assert "Jeg giver ikke samtykke" in read.text
        assert "Jeg spærrer ikke" in read.text

    def test_without_an_end_date_the_year_is_named(self) -> None:
        """A declaration without an end lapses after a year, and the citizen is told so."""
        read = read_document(document(gyldig_til=None))
        assert read.declaration["gyldig_til"] is None
        assert "Samtykket gælder i ét år." in read.text

    def test_other_white_space_between_elements_changes_nothing(self) -> None:
        """Indentation is no part of the value."""
        flat = etree.tostring(document()).replace(b">\n", b">")
        assert read_document(parse_xml(flat)).declaration == DECLARATION


class TestWords:
    def test_the_words_of_version_one_are_frozen(self) -> None:
        """Documents signed in these words are kept for years and must read the same, letter by letter."""
        assert render_text(DECLARATION, NAMES) == TEXT

    def test_all_words_of_version_one_are_frozen(self) -> None:
        """The words of every point, category and kind are pinned: to change one is to make a new version."""
        everything = {
            **DECLARATION,
            "punkter": [
                {"punkt": number, "parter": ["social"], "oplysningstyper": sorted(Oplysningstype)}
                for number in (1, 2, 3, 4)
            ],
            "spaerringer": [{"til": ["*", *sorted(Partsart)], "oplysningstyper": ["*"]}],
        }
        digest = hashlib.sha256(render_text(everything, NAMES).encode()).hexdigest()
        assert digest == "53636f0d160c90c466453aab83e2ae1b4958bf89e3fa5d4fe06e18b76afa5d94"

    @given(_declarations, _declarations)
    @settings(max_examples=100, deadline=None)
    def test_other_scope_other_words(self, one: dict[str, Any], other: dict[str, Any]) -> None:
        """Two scopes in the same words are the same scope, so a signature on the words is one on the scope."""
        other = {**one, "punkter": other["punkter"], "spaerringer": other["spaerringer"], "sag": other["sag"]}
        assert (render_text(one, NAMES) == render_text(other, NAMES)) == (one == other)

    def test_every_category_and_kind_has_words(self) -> None:
        """Nothing that a declaration may name is without words, in the schema and in the text alike."""
        schema = parse_xml(files("consent").joinpath("samtykke.xsd").read_bytes())
        values = {
            kind.get("name"): {
                value.get("value") for value in kind.iter("{http://www.w3.org/2001/XMLSchema}enumeration")
            }
            for kind in schema.iterfind("{http://www.w3.org/2001/XMLSchema}simpleType")
        }
        assert values["OplysningstypeKodeType"] == set(Oplysningstype)
        assert values["PartsartKodeType"] == set(Partsart) == set(MODTAGERE) - {"*"}
        blocks = [{"til": sorted(Partsart), "oplysningstyper": sorted(Oplysningstype)}]
        assert read_document(document(spaerringer=blocks)).declaration["spaerringer"] == blocks


class TestWriting:
    @pytest.mark.parametrize(
        "changed",
        [
            {"version": True},
            {"version": "2"},
            {"version": 0},
            {"borger": "9999999999"},
            {"borger": "2509479989 "},
            {"sag": ""},
            {"sag": "*"},
            {"sag": " sag-1"},
            {"sag": "sag  1"},
            {"sag": "sag\n1"},
            {"sag": "sag\x00"},
            {"sag": 7},
            {"formaal": "* "},
            {"formaal": "rehabi\u202elitering"},
            {"formaal": "rehabi\u200blitering"},
            {"formaal": "rehabi\u00adlitering"},
            {"formaal": "reh\u0430bilitering"},
            {"afgivet": "2026-03-01T10:00:00"},
            {"afgivet": "2026-03-01T10:00:00-01:00"},
            {"afgivet": "2026-02-30T10:00:00Z"},
            {"afgivet": "2026-03-01T24:00:00Z"},
            {"gyldig_til": "9999-12-31"},
            {"gyldig_til": "2026-02-29"},
            {"gyldig_til": ""},
            {"punkter": None},
            {"punkter": "abc"},
            {"punkter": [{"punkt": 5, "parter": ["social"], "oplysningstyper": ["plan"]}]},
            {"punkter": [{"punkt": "1", "parter": ["social"], "oplysningstyper": ["plan"]}]},
            {"punkter": [{"punkt": True, "parter": ["social"], "oplysningstyper": ["plan"]}]},
            {"punkter": [{"punkt": 1, "parter": [], "oplysningstyper": ["plan"]}]},
            {"punkter": [{"punkt": 1, "parter": ["social"], "oplysningstyper": []}]},
            {"punkter": [{"punkt": 1, "parter": ["*"], "oplysningstyper": ["plan"]}]},
            {"punkter": [{"punkt": 1, "parter": ["social"], "oplysningstyper": ["*"]}]},
            {"punkter": [{"punkt": 1, "parter": ["social"], "oplysningstyper": ["ukendt"]}]},
            {"punkter": [{"punkt": 1, "parter": ["ukendt"], "oplysningstyper": ["plan"]}]},
            {"punkter": [{"punkt": 1, "parter": ["social"], "oplysningstyper": ["plan"], "mere": 1}]},
            {"spaerringer": [{"til": [], "oplysningstyper": ["plan"]}]},
            {"spaerringer": [{"til": ["*"], "oplysningstyper": []}]},
            {"tilbagekaldt": None},
            {"underskrift": "gyldig"},
        ],
    )
    def test_what_would_not_read_back_is_not_written(self, changed: dict[str, Any]) -> None:
        """Empty, blank, wildcard, unknown, misshapen and surplus values are refused before anyone signs them."""
        with pytest.raises(DocumentRefused):
            write_document({**DECLARATION, **changed}, NAMES, "Ane Eksempel")

    @pytest.mark.parametrize("key", sorted(DECLARATION))
    def test_a_missing_key_is_refused(self, key: str) -> None:
        """No key of a declaration is optional."""
        with pytest.raises(DocumentRefused):
            write_document({name: value for name, value in DECLARATION.items() if name != key}, NAMES, "Ane Eksempel")

    def test_a_kind_consents_to_nobody(self) -> None:
        """A point names parties; a kind in their place is refused even where it has a name."""
        points = [{"punkt": 1, "parter": ["privat"], "oplysningstyper": ["plan"]}]
        with pytest.raises(DocumentRefused, match="PartNavnSamling"):
            write_document({**DECLARATION, "punkter": points}, {**NAMES, "privat": "Alle private"}, "Ane Eksempel")

    @pytest.mark.parametrize("name", ["", " ", "Socialforvaltningen", "A\nB", "A\u202eB", "- A", 7])
    def test_a_name_that_could_mislead_is_refused(self, name: Any) -> None:
        """No two parties share a name, and a name is one visible line."""
        with pytest.raises(DocumentRefused):
            write_document(DECLARATION, {**NAMES, "jobcenter": name}, "Ane Eksempel")

    def test_nobody_informed_is_refused(self) -> None:
        """Who informed the citizen must be stated."""
        with pytest.raises(DocumentRefused, match="OplystAfTekst"):
            write_document(DECLARATION, NAMES, " ")

    def test_a_declaration_too_large_to_read_is_refused(self) -> None:
        """Nothing is written that is larger than what is read."""
        points = [{"punkt": 1, "parter": ["social"], "oplysningstyper": ["plan"]}] * (MAX_DOCUMENT_BYTES // 300)
        with pytest.raises(DocumentRefused, match="larger"):
            write_document({**DECLARATION, "punkter": points}, NAMES, "Ane Eksempel")


class TestReading:
    def test_words_that_are_not_the_scope_are_refused(self) -> None:
        """A document whose words promise less than its scope takes is refused, though their hash is right."""
        root = document()
        text = TEXT.replace("mit fremmøde og fravær", "mit helbred")
        element(root, "ErklaeringTekst").text = text
        element(root, "TekstHash").text = hashlib.sha256(text.encode()).hexdigest()
        assert refusal(root).where == "ErklaeringTekst"

    def test_a_scope_that_is_not_the_words_is_refused(self) -> None:
        """A category added to the scope alone is refused."""
        root = document()
        element(root, "OplysningstypeKode").text = "helbred"
        assert refusal(root).where == "ErklaeringTekst"

    def test_a_party_under_another_name_is_refused(self) -> None:
        """Exchanging the names of two parties changes the words, and is refused."""
        root = document()
        for name, other in zip(
            root.iter(f"{{{NAMESPACE}}}NavnTekst"), ["Socialforvaltningen", "Jobcentret"], strict=False
        ):
            name.text = other
        assert refusal(root).where == "ErklaeringTekst"

    def test_a_wrong_hash_is_refused(self) -> None:
        """The hash is that of the words."""
        root = document()
        element(root, "TekstHash").text = "0" * 64
        assert refusal(root).where == "TekstHash"

    def test_a_name_for_a_party_that_is_not_named_is_refused(self) -> None:
        """The names are those of the scope's parties and no more."""
        root = document()
        extra = deepcopy(element(root, "PartNavn"))
        extra[0].text, extra[1].text = "ukendt", "En anden"
        element(root, "PartNavnSamling").append(extra)
        assert refusal(root).where == "PartNavnSamling"

    def test_a_number_that_is_no_persons_is_refused(self) -> None:
        """Ten digits that begin with no possible date are no CPR number."""
        root = document()
        element(root, "BorgerIdentifikator").text = "9999999999"
        assert refusal(root).where == "BorgerIdentifikator"

    def test_a_comment_cannot_split_a_value(self) -> None:
        """A comment inside a value is refused: half the value would be read."""
        root = document()
        sag = element(root, "SagIdentifikator")
        sag.text = "sag-1"
        sag.append(etree.Comment("x"))
        assert "comment" in refusal(root).reason

    def test_a_processing_instruction_is_refused(self) -> None:
        """An instruction survives canonicalization, so it is refused here."""
        root = document()
        element(root, "SagIdentifikator").append(etree.ProcessingInstruction("x", "y"))
        assert "instruction" in refusal(root).reason

    def test_no_attribute_steers_validation(self) -> None:
        """An xsi:schemaLocation or any other attribute is refused before the schema is asked."""
        root = document()
        root.set("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", f"{NAMESPACE} http://example.invalid/x")
        assert "attribute" in refusal(root).reason

    def test_the_outer_tree_is_refused(self) -> None:
        """A root that still holds its signature was not taken from under one, and is refused."""
        root = document()
        etree.SubElement(root, "{http://www.w3.org/2000/09/xmldsig#}Signature")
        assert "not valid" in refusal(root).reason

    @pytest.mark.parametrize("name", ["VersionIdentifikator", "PunktSamling", "SpaerringSamling", "TekstHash"])
    def test_a_missing_element_is_refused(self, name: str) -> None:
        """Half a declaration is none."""
        root = document()
        gone = element(root, name)
        parent = gone.getparent()
        assert parent is not None
        parent.remove(gone)
        assert "not valid" in refusal(root).reason

    def test_another_root_or_namespace_is_refused(self) -> None:
        """Only SamtykkeErklaering of version 1.0 is read."""
        assert "not valid" in refusal(etree.Element("SamtykkeErklaering")).reason
        assert "not valid" in refusal(element(document(), "Punkt")).reason

    @given(st.sampled_from(["BorgerIdentifikator", "SagIdentifikator", "AfgivetTidspunkt", "NavnTekst"]))
    @settings(max_examples=10, deadline=None)
    def test_a_refusal_never_quotes_a_value(self, name: str) -> None:
        """The refusal names the element, and not what stood in it."""
        root = document()
        element(root, name).text = "*2509479989"
        said = str(refusal(root))
        assert name in said
        assert "2509479989" not in said

    def test_a_refusal_passes_through_a_context_manager(self) -> None:
        """A refusal inside a transaction leaves it as itself."""

        @contextmanager
        def transaction() -> Iterator[None]:
            yield

        with pytest.raises(DocumentRefused), transaction():
            read_document(etree.Element("x"))
