"""The shared language as files: what a stranger's validator and code generator find there."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from schemas.errors import SchemaError
from schemas.events import read_event
from schemas.export import example, exported, language, text, write
from schemas.json_schema import schema_of
from schemas.redaction import redact

COMMITTED = Path(__file__).parents[2] / "schemas" / "exported"

LANGUAGE = sorted(language())
every_type = pytest.mark.parametrize("wire_type", LANGUAGE)

CATALOGUE = {
    "henvendelse.modtaget",
    "kontaktperson.tildelt",
    "kontakt.opnaaet",
    "raadgivning.givet",
    "behovsvurdering.afsluttet",
    "forloeb.afsluttet",
    "samtykke.afgivet",
    "samtykke.aendret",
    "samtykke.tilbagekaldt",
    "samtykke.udloebet",
    "netvaerkskort.opdateret",
    "samarbejdsaftale.opdateret",
    "sagsoplysning.anmodet",
    "sagsoplysning.afgivet",
    "laegeattest.anmodet",
    "laegeattest.modtaget",
    "genoptraeningsplan.modtaget",
    "epikrise.modtaget",
    "henvisning.modtaget",
    "aftale.bekraeftet",
    "observation.modtaget",
    "indlaeggelse.registreret",
    "udskrivning.registreret",
    "korrespondance.modtaget",
    "kvittering.modtaget",
    "sygemelding.registreret",
    "aktivitet.registreret",
    "cv.opdateret",
    "opgave.oprettet",
    "journalnotat.oprettet",
    "indsats.bestilt",
    "forberedelsesskema.udfyldt",
    "moede.indkaldt",
    "moede.afholdt",
    "referat.udsendt",
    "indstilling.afgivet",
    "bevilling.givet",
    "indsatsplan.opdateret",
    "indsats.startet",
    "fravaer.registreret",
    "indsats.afsluttet",
    "progression.maalt",
    "frist.overskredet",
    "oplysning.tilbagekaldt",
    "oplysning.rettet",
}
"""The catalogue of the casework, name by name."""


def leaves(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Walk the leaves of a schema as somebody would who knows nothing of ours."""
    if "properties" in schema:
        for name, below in schema["properties"].items():
            yield from leaves(below, f"{path}.{name}")
    elif "properties" in schema.get("items", {}):
        yield from leaves(schema["items"], f"{path}[]")
    else:
        yield path, schema


def objects(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Walk every object of a schema."""
    if "properties" in schema:
        yield schema
        for below in schema["properties"].values():
            yield from objects(below)
    if "items" in schema:
        yield from objects(schema["items"])


def validator(schema: Mapping[str, Any]) -> jsonschema.Draft202012Validator:
    """Return a validator that also looks at formats."""
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def test_the_language_is_the_catalogue():
    """Every event of the catalogue has a schema, and nothing else has."""
    assert {kind.navn for kind in language().values()} == CATALOGUE


def test_the_committed_copy_is_what_the_code_says():
    """Whoever changes the language commits its export with it: `tvaers schemas export schemas/exported`."""
    committed = {str(file.relative_to(COMMITTED)): file.read_text("utf-8") for file in COMMITTED.rglob("*.json")}
    assert committed == {name: text(value) for name, value in exported().items()}


def test_the_export_is_the_same_every_time(tmp_path: Path):
    """Two exports do not differ in a byte, and the second one overwrites the first."""
    first = write(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.json")}
    assert write(tmp_path) == first == len(before)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.json")} == before


def test_a_folder_with_other_json_is_refused(tmp_path: Path):
    """An event type that is gone would otherwise stay in the folder and be believed."""
    (tmp_path / "gammel.json").write_text("{}")
    with pytest.raises(SchemaError, match="gammel"):
        write(tmp_path)


@every_type
class TestSchema:
    def test_it_is_a_json_schema(self, wire_type: str):
        """By the rules of draft 2020-12."""
        jsonschema.Draft202012Validator.check_schema(schema_of(language()[wire_type]))

    def test_every_leaf_says_its_categories_or_that_it_is_key(self, wire_type: str):
        """One of the two, never both, and categories are a list that is not empty."""
        for path, leaf in leaves(schema_of(language()[wire_type])):
            assert (leaf.get("x-noegle") is True) != bool(leaf.get("x-oplysningstyper")), path

    def test_every_leaf_has_a_title_and_one_line_of_description(self, wire_type: str):
        """In Danish, as the form has it."""
        for path, leaf in leaves(schema_of(language()[wire_type])):
            if not leaf.get("x-kun-bus"):
                assert leaf["title"], path
                assert "\n" not in leaf["description"], path

    def test_no_object_takes_unknown_fields(self, wire_type: str):
        """What nobody has categorised cannot be sent along."""
        assert all(one["additionalProperties"] is False for one in objects(schema_of(language()[wire_type])))

    def test_the_example_is_valid_and_fills_every_leaf(self, wire_type: str):
        """By the schema, by the bus, and with nothing left to the imagination."""
        shown, schema = example(wire_type), schema_of(language()[wire_type])
        validator(schema).validate(shown["data"])
        assert shown["type"] == wire_type
        read = read_event(json.dumps(shown).encode())
        filled = set(_filled(read.content()))
        assert {path for path, _ in leaves(schema)} - filled == set()

    def test_copies_are_valid_by_the_same_schema(self, wire_type: str):
        """A receiver validates a redacted copy with the schema of the whole."""
        event = read_event(json.dumps(example(wire_type)).encode())
        check = validator(schema_of(language()[wire_type]))
        categories = {one for _, leaf in leaves(check.schema) for one in leaf.get("x-oplysningstyper", ())}
        for missing in categories - event.data.core():
            copy = redact(event, frozenset(categories) - {missing})
            if copy is not None:
                check.validate(copy.content())


def _filled(value: Any, path: str = "") -> Iterator[str]:
    """Yield the places that are filled, as `leaves` names them."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _filled(below, f"{path}.{name}")
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for one in value:
            yield from _filled(one, f"{path}[]")
    else:
        yield path


class TestIndex:
    def test_it_lists_every_file(self):
        """Who has the index finds everything."""
        files = exported()
        index = files["index.json"]
        named = {index["asyncapi"], *(row[part] for row in index["haendelser"] for part in ("skema", "eksempel"))}
        assert named | {"index.json"} == files.keys()


class TestAsyncApi:
    def test_it_is_valid_by_the_published_schema(self, real: Path):
        """The document is AsyncAPI 3.0 to a stranger's tool."""
        schema = json.loads((real / "asyncapi" / "3.0.0-without-id.json").read_text("utf-8"))
        jsonschema.Draft7Validator(schema).validate(exported()["asyncapi.json"])

    @every_type
    def test_every_example_is_a_cloudevent(self, wire_type: str, real: Path):
        """By the published JSON Schema of CloudEvents 1.0."""
        schema = json.loads((real / "cloudevents" / "cloudevents.schema.json").read_text("utf-8"))
        jsonschema.Draft7Validator(schema).validate(example(wire_type))

    @every_type
    def test_every_event_has_a_topic_to_send_on_and_one_to_receive_from(self, wire_type: str):
        """With who may do so, and a message whose payload names the schema."""
        document = exported()["asyncapi.json"]
        short = wire_type.removeprefix("dk.tvaers.")
        sent, delivered = document["channels"][f"sent.{short}"], document["channels"][f"delivery.{short}"]
        assert sent["address"] == f"sent.{{part}}.{short}"
        assert "Only the party itself may send" in sent["description"]
        assert delivered["address"] == f"delivery.{{part}}.{short}"
        assert "only the party itself receives" in delivered["description"]
        assert f"skemaer/{short}.json" in json.dumps(document["components"]["messages"][short]["payload"])

    def test_every_reference_leads_somewhere(self):
        """Inside the document or to a file of the export."""
        files = exported()
        document = files["asyncapi.json"]
        for reference in _references(document):
            file, _, pointer = reference.partition("#")
            place: Any = files[file] if file else document
            for step in pointer.split("/")[1:]:
                place = place[step]

    @every_type
    def test_an_envelope_is_valid_by_its_schema(self, wire_type: str):
        """The example's envelope satisfies what the document says of every envelope."""
        validator(exported()["asyncapi.json"]["components"]["schemas"]["konvolut"]).validate(example(wire_type))


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if "$ref" in value else [])
        for below in value.values():
            yield from _references(below)
    if isinstance(value, list):
        for below in value:
            yield from _references(below)
