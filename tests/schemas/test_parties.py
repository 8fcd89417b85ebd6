"""The party register: what it accepts, and how parties are found in it."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from schemas.categories import Oplysningstype
from schemas.errors import SchemaError
from schemas.parties import Partregister

JOBCENTER: dict[str, Any] = {
    "id": "jobcenter",
    "kind": "forvaltning",
    "navn": "Jobcentret",
    "identifikatorer": {"gln": "5790000000012", "sor": "111111000016001"},
}
LAEGE: dict[str, Any] = {
    "id": "laege-099001",
    "kind": "praktiserende_laege",
    "navn": "Lægerne",
    "identifikatorer": {"ydernummer": "099001"},
}


def register(*parter: dict[str, Any]) -> Partregister:
    """Read a register of these parties."""
    return Partregister.read({"version": 1, "parter": list(parter)})


def test_the_sample_register_is_one():
    """The register that the sample day runs on reads, and its treatment centre's name reveals misbrug."""
    sample = Partregister.read(tomllib.loads(files("ops.sample").joinpath("parter.toml").read_text("utf-8")))
    assert sample.kinds["jobcenter"] == "forvaltning"
    assert sample.by_id["rusmiddel"].afsloerer == {Oplysningstype.MISBRUG}


def test_a_party_is_found_by_its_outside_identifier():
    """A number finds its party under its own system alone, and an unknown one finds nobody."""
    both = register(JOBCENTER, LAEGE)
    assert both.party_of("gln", "5790000000012") == "jobcenter"
    assert both.party_of("ydernummer", "099001") == "laege-099001"
    assert both.party_of("sor", "5790000000012") is None
    assert both.party_of("gln", "5790000000099") is None
    assert both.party_of("navn", "Jobcentret") is None


@pytest.mark.parametrize(
    "wrong",
    [
        JOBCENTER | {"id": "forvaltning"},
        JOBCENTER | {"id": "Jobcenter"},
        JOBCENTER | {"id": "job.center"},
        JOBCENTER | {"id": "job>"},
        JOBCENTER | {"id": "*"},
        JOBCENTER | {"id": ""},
        JOBCENTER | {"id": "a" * 42},
        JOBCENTER | {"id": "jobcenter\n"},
        JOBCENTER | {"kind": "kommune"},
        JOBCENTER | {"navn": ""},
        JOBCENTER | {"afsloerer": ["alt"]},
        JOBCENTER | {"ukendt": "felt"},
        JOBCENTER | {"identifikatorer": {"cpr": "2509479989"}},
        {"id": "jobcenter"},
    ],
)
def test_a_party_that_could_be_misread_is_refused(wrong: dict[str, Any]):
    """An id that a subject could misread, a kind's name as an id, an unknown kind, category or field."""
    with pytest.raises(SchemaError) as caught:
        register(wrong)
    assert caught.value.where.startswith("partregister.parter.0")


@pytest.mark.parametrize(
    "second",
    [
        JOBCENTER | {"identifikatorer": {}},
        LAEGE | {"identifikatorer": {"gln": "5790000000012"}},
    ],
)
def test_two_parties_cannot_be_one(second: dict[str, Any]):
    """Neither an id nor an identifier may stand twice: nobody could tell whom a consent names."""
    with pytest.raises(SchemaError):
        register(JOBCENTER, second)


@pytest.mark.parametrize("value", [None, [], "jobcenter", {"version": 0, "parter": []}, {"parter": []}, {"version": 1}])
def test_what_is_no_register_is_refused(value: object):
    """A register has a version from 1 and a list of parties."""
    with pytest.raises(SchemaError):
        Partregister.read(value)
