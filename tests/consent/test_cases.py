"""A case file is read strictly, answered by the rules, and compared with what its author expects."""

import json
from pathlib import Path
from typing import Any

import pytest

from consent.cases import Answer, CaseError, answer, mismatches, read_cases

Json = dict[str, Any]


def case(**fields: object) -> Json:
    """Return a case in which everything asked for may go, changed by `fields`."""
    return {
        "name": "from beskaeftigelse to uu",
        "now": "2026-09-14T10:00:00Z",
        "parter": {"beskaeftigelse": {"kind": "forvaltning"}, "vejleder": {"kind": "uu"}},
        "hjemmelregister": [
            {"paragraf": "§ A", "fra": ["forvaltning"], "til": ["uu"], "oplysningstyper": ["helbred"]},
        ],
        "samtykker": [
            {
                "samtykke_id": "s-1",
                "version": 1,
                "borger": "0201919990",
                "sag": "sag-3",
                "formaal": "forloeb",
                "punkter": [{"punkt": 1, "parter": ["beskaeftigelse", "vejleder"], "oplysningstyper": ["plan"]}],
                "spaerringer": [],
                "afgivet": "2026-02-01T12:00:00+01:00",
                "gyldig_til": None,
                "tilbagekaldt": None,
                "underskrift": "gyldig",
                "underskriver": {"relation": "borger", "bekraeftet": True},
            }
        ],
        "hjemler": [{"paragraf": "§ A", "begrundelse": "ansøgning", "ansvarlig": "medarbejder 5"}],
        "anmodning": {
            "borger": "0201919990",
            "sag": "sag-3",
            "formaal": "forloeb",
            "fra": "beskaeftigelse",
            "til": "vejleder",
            "oplysningstyper": ["plan", "helbred"],
        },
        **fields,
    }


def answered(value: Json) -> Answer:
    """Read a file of one case and answer it."""
    (only,) = read_cases(json.dumps([value]))
    return answer(only)


def differences(value: Json) -> tuple[str, ...]:
    """Read a file of one case, answer it and compare."""
    (only,) = read_cases(json.dumps([value]))
    return mismatches(only, answer(only))


class TestAnswers:
    def test_permitted_is_sorted_and_withheld_has_its_reasons(self) -> None:
        """The answer has the case's name, and every category once."""
        asked = {**case()["anmodning"], "oplysningstyper": ["plan", "*", "helbred", "bolig"]}
        assert answered(case(anmodning=asked)) == {
            "name": "from beskaeftigelse to uu",
            "permitted": ["helbred", "plan"],
            "withheld": {"*": "ukendt_oplysningstype", "bolig": "oplysningstype_ikke_omfattet"},
        }

    def test_an_answer_is_plain_json(self) -> None:
        """It goes out as one line of JSON, and comes back the same."""
        given = answered(case(samtykker=[]))
        assert json.loads(json.dumps(given)) == given

    @pytest.mark.parametrize("now", ["2026-09-14T10:00:00", "now", "", None, 1_789_000_000, {}])
    def test_an_unreadable_now_is_the_rules_to_refuse(self, now: object) -> None:
        """It is an answer of the rules, not a fault of the file."""
        assert answered(case(now=now))["withheld"] == dict.fromkeys(["helbred", "plan"], "fejl_i_afgoerelse")

    @pytest.mark.parametrize("unreadable", [None, "s-1", {"borger": "0201919990"}])
    def test_an_unreadable_declaration_is_the_rules_to_refuse(self, unreadable: object) -> None:
        """Declarations reach the rules in whatever shape they stand in the file."""
        assert answered(case(samtykker=[unreadable]))["withheld"] == {"plan": "laesefejl"}

    def test_a_claim_of_another_shape_is_the_rules_to_refuse(self) -> None:
        """So do claims."""
        assert answered(case(hjemler=["§ A", None], samtykker=[]))["withheld"] == dict.fromkeys(
            ["helbred", "plan"], "hjemmel_ugyldig"
        )

    def test_an_empty_request_has_an_answer(self) -> None:
        """Nothing asked for stands under `*`."""
        asked = {**case()["anmodning"], "oplysningstyper": []}
        assert answered(case(anmodning=asked))["withheld"] == {"*": "ukendt_oplysningstype"}


class TestExpectations:
    @pytest.mark.parametrize("expect", [None, {"permitted": ["plan", "helbred"], "withheld": {}}])
    def test_nothing_to_say_where_the_answer_is_as_expected(self, expect: object) -> None:
        """In whatever order the expected categories stand; and a case may expect nothing."""
        assert differences(case(expect=expect)) == ()

    def test_each_category_that_is_answered_otherwise_is_told(self) -> None:
        """A wrong outcome, a wrong reason, a missing and a surplus category are four differences."""
        expect = {"permitted": ["plan", "bolig"], "withheld": {"*": "laesefejl", "boern": "spaerret"}}
        asked = {**case()["anmodning"], "oplysningstyper": ["plan", "*", "helbred", "boern"]}
        assert differences(case(anmodning=asked, samtykker=[], expect=expect)) == (
            "*: expected laesefejl, answered ukendt_oplysningstype",
            "boern: expected spaerret, answered hjemmel_ugyldig",
            "bolig: expected permitted, answered nothing",
            "helbred: expected no answer, answered permitted",
            "plan: expected permitted, answered hjemmel_ugyldig",
        )


class TestTheFile:
    @pytest.mark.parametrize(
        ("document", "where"),
        [
            (b"", "the file"),
            (b"{", "the file"),
            (b"\xff\xfe\xff", "the file"),
            (b"[" * 100_000, "the file"),
            (b"1" * 5_000, "the file"),
            (b"{}", "the file"),
            (b"null", "the file"),
            (b"[1]", "case 1"),
        ],
        ids=["empty", "cut", "bytes", "deep", "long", "object", "null", "number"],
    )
    def test_what_is_no_list_of_cases_is_refused(self, document: bytes, where: str) -> None:
        """Foreign errors of the JSON reader never show."""
        with pytest.raises(CaseError) as caught:
            read_cases(document)
        assert caught.value.where == where

    def test_an_empty_list_is_a_file_without_cases(self) -> None:
        """It asks nothing and is answered by nothing."""
        assert read_cases(b"[]") == ()

    @pytest.mark.parametrize("missing", sorted(case()))
    def test_a_missing_field_is_refused_with_its_place(self, missing: str) -> None:
        """A case says everything that the rules look at: a field left out could be one misspelt."""
        cut = {key: value for key, value in case().items() if key != missing}
        with pytest.raises(CaseError, match=f"{missing} is missing") as caught:
            read_cases(json.dumps([case(), cut]))
        assert caught.value.where.startswith("case 2")

    @pytest.mark.parametrize(
        ("fields", "where"),
        [
            ({"name": 7}, "case 1"),
            ({"parter": []}, "case 1, parter"),
            ({"parter": {"x": "uu"}}, "case 1, parter"),
            ({"parter": {"x": {}}}, "case 1, parter"),
            ({"parter": {"x": {"kind": None}}}, "case 1, parter"),
            ({"hjemmelregister": {}}, "case 1, hjemmelregister"),
            ({"hjemmelregister": [{"paragraf": "§ A"}]}, "case 1, hjemmelregister"),
            ({"samtykker": {}}, "case 1, samtykker"),
            ({"hjemler": None}, "case 1, hjemler"),
            ({"anmodning": None}, "case 1, anmodning"),
            ({"anmodning": {"borger": 1}}, "case 1, anmodning"),
            ({"anmodning": {**case()["anmodning"], "til": None}}, "case 1, anmodning"),
            ({"anmodning": {**case()["anmodning"], "oplysningstyper": "plan"}}, "case 1, anmodning, oplysningstyper"),
            ({"anmodning": {**case()["anmodning"], "oplysningstyper": [None]}}, "case 1, anmodning"),
            ({"expect": []}, "case 1, expect"),
            ({"expect": {"permitted": []}}, "case 1, expect"),
            ({"expect": {"permitted": [], "withheld": {"plan": None}}}, "case 1, expect"),
        ],
    )
    def test_a_field_of_another_shape_is_refused_with_its_place(self, fields: Json, where: str) -> None:
        """The message says where, never what stood there."""
        with pytest.raises(CaseError) as caught:
            read_cases(json.dumps([case(**fields)]))
        assert caught.value.where == where
        assert str(caught.value) == f"{caught.value.reason} ({where})"


def test_the_worked_cases_are_answered_as_expected(real: Path) -> None:
    """Every worked case of the domain's authors, where the folder is beside this checkout."""
    cases = read_cases((real.parent / "decision-cases.json").read_bytes())
    assert cases
    assert all(case.expect is not None for case in cases)
    assert {case.name: found for case in cases if (found := mismatches(case, answer(case)))} == {}
