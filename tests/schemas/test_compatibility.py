"""What breaks those who rely on the language, and what does not."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas.commands import app
from schemas.compatibility import Change, Released, Verdict, changes, read_export
from schemas.errors import SchemaError
from schemas.events import SCHEMA_VERSION
from schemas.export import language, write
from schemas.haendelser import IndsatsplanOpdateret
from schemas.json_schema import schema_of

NAME = "dk.tvaers.indsatsplan.opdateret.v1"
RELEASED = Path(__file__).parents[2] / "schemas" / "released"
OLD = Released("1", {NAME: schema_of(IndsatsplanOpdateret)})

Edit = Callable[[Any], object]


def changed(edit: Edit, version: str = "2") -> list[Change]:
    """Return what is found when the schema's fields are edited."""
    schema = copy.deepcopy(OLD.schemas[NAME])
    edit(schema)
    return changes(OLD, Released(version, {NAME: schema}))


def fields(schema: Any) -> Any:
    """Return the fields of the event."""
    return schema["properties"]


def row(schema: Any) -> Any:
    """Return the fields of a plan row under misbrug."""
    return schema["properties"]["misbrug"]["items"]["properties"]


BREAKING: dict[str, Edit] = {
    "a field is gone": lambda one: fields(one).pop("overordnet_maal"),
    "a field of a row is gone": lambda one: row(one).pop("aarsag"),
    "a new required field": lambda one: one["required"].append("ny") or fields(one).update(ny={"type": "string"}),
    "an optional field becomes required": lambda one: one["required"].append("overordnet_maal"),
    "a required field may be missing": lambda one: one["required"].remove("plan_id"),
    "a category changed": lambda one: row(one)["delmaal"].update({"x-oplysningstyper": ["plan"]}),
    "a category more": lambda one: fields(one)["plan_id"].update({"x-oplysningstyper": ["helbred", "plan"]}),
    "a field became key": lambda one: fields(one)["plan_id"].update({"x-noegle": True}),
    "the core changed": lambda one: one.update({"x-kerne": []}),
    "the receivers changed": lambda one: one.update({"x-modtagere": "addressees"}),
    "an enumeration lost a value": lambda one: row(one)["status"]["enum"].remove("foreslaaet"),
    "a text became an enumeration": lambda one: fields(one)["plan_id"].update(enum=["a"]),
    "a shorter text": lambda one: fields(one)["plan_id"].update(maxLength=10),
    "a longer text is wanted": lambda one: fields(one)["plan_id"].update(minLength=2),
    "a higher minimum": lambda one: fields(one)["planversion"].update(minimum=2),
    "another type": lambda one: fields(one)["planversion"].update(type="string"),
    "another pattern": lambda one: row(one)["maaned"].update(pattern="^[0-9]{4}$"),
    "another format": lambda one: fields(one)["opdateret"].update(format="date-time"),
    "an unknown keyword": lambda one: fields(one)["plan_id"].update({"not": {}}),
}
COMPATIBLE: dict[str, Edit] = {
    "a new optional field": lambda one: fields(one).update(ny={"type": "string"}),
    "a new value of an enumeration": lambda one: row(one)["status"]["enum"].append("afvist"),
    "another title": lambda one: fields(one)["plan_id"].update(title="Plannummer"),
    "another description": lambda one: one.update(description="A plan."),
    "a lower minimum": lambda one: fields(one)["planversion"].update(minimum=0),
    "a minimum less": lambda one: fields(one)["planversion"].pop("minimum"),
    "a longer list": lambda one: fields(one)["modtagere"].update(maxItems=100),
    "other senders": lambda one: one.update({"x-afsendere": ["uu"]}),
}


@pytest.mark.parametrize("edit", BREAKING.values(), ids=BREAKING)
def test_breaking(edit: Edit):
    """Something is taken away, wanted, or moved under another category: one verdict, at the place."""
    found = [one for one in changed(edit) if one.verdict is Verdict.BREAKING]
    assert len(found) == 1
    assert found[0].where.startswith(NAME)


@pytest.mark.parametrize("edit", COMPATIBLE.values(), ids=COMPATIBLE)
def test_compatible(edit: Edit):
    """Something is added that nobody must send, and that receivers have been told may come."""
    assert [one.verdict for one in changed(edit)] == [Verdict.COMPATIBLE]


def test_nothing_changed_is_no_change():
    """The same schema under the same number."""
    assert changes(OLD, OLD) == []


def test_a_change_without_a_new_number_is_refused():
    """The log names the schemas' version, and a number must not mean two things."""
    [text, unnumbered] = changed(COMPATIBLE["another title"], version="1")
    assert (text.verdict, unnumbered.verdict) == (Verdict.COMPATIBLE, Verdict.BREAKING)


def test_a_new_major_beside_the_old_is_compatible_and_the_old_ones_end_is_not():
    """Consumers of the old major keep it until it is taken away."""
    newer = NAME.replace(".v1", ".v2")
    both = Released("2", {**OLD.schemas, newer: OLD.schemas[NAME]})
    assert [one.verdict for one in changes(OLD, both)] == [Verdict.COMPATIBLE]
    alone = Released("3", {newer: OLD.schemas[NAME]})
    assert [one.verdict for one in changes(both, alone)] == [Verdict.BREAKING]


class TestCommand:
    def test_two_exports_of_one_language_are_the_same(self, tmp_path):
        """`tvaers schemas check` says so and exits 0."""
        for name in ("old", "new"):
            write(tmp_path / name)
        result = CliRunner().invoke(app, ["check", str(tmp_path / "old"), str(tmp_path / "new")])
        assert (result.exit_code, result.output) == (0, "0 changes, 0 of them breaking\n")

    def test_a_breaking_change_is_an_exit_status_of_1(self, tmp_path):
        """So that a pipeline stops there, with the place printed."""
        for name in ("old", "new"):
            write(tmp_path / name)
        schema = tmp_path / "new" / "skemaer" / "indsatsplan.opdateret.v1.json"
        schema.write_text(schema.read_text("utf-8").replace('"bevilget"', '"givet"'), "utf-8")
        result = CliRunner().invoke(app, ["check", str(tmp_path / "old"), str(tmp_path / "new")])
        assert result.exit_code == 1
        assert "indsatsplan.opdateret.v1.misbrug[].status: the value bevilget is gone" in result.output

    @pytest.mark.parametrize(
        "broken", ["{", "{}", '{"skemaversion": "1", "haendelser": [{"type": "x", "skema": "y"}]}']
    )
    def test_what_is_no_export_is_refused(self, tmp_path, broken: str):
        """With a sentence, not a traceback."""
        (tmp_path / "index.json").write_text(broken)
        with pytest.raises(SchemaError):
            read_export(tmp_path)


def test_the_language_does_not_break_the_released_one():
    """What a tag has released stays until a new major has been beside it."""
    today = Released(SCHEMA_VERSION, {name: schema_of(kind) for name, kind in language().items()})
    found = changes(read_export(RELEASED), today)
    assert [one for one in found if one.verdict is Verdict.BREAKING] == []
