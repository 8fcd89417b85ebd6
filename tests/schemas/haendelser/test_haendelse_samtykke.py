"""News of a declaration: four events, each with the scope alone."""

import pytest

from schemas.addressing import To
from schemas.categories import Oplysningstype
from schemas.events import event_from
from schemas.export import example
from schemas.haendelser.samtykke import SamtykkeAendret, SamtykkeAfgivet, SamtykkeTilbagekaldt, SamtykkeUdloebet
from schemas.redaction import present, redact

NEWS = (SamtykkeAfgivet, SamtykkeAendret, SamtykkeTilbagekaldt, SamtykkeUdloebet)
SCOPE = (SamtykkeAfgivet, SamtykkeAendret)


@pytest.mark.parametrize("kind", NEWS, ids=lambda kind: kind.navn)
def test_news_is_casework_and_nobody_can_address_it(kind):
    """All of it is `sagsforloeb`, core, and goes to whom the declaration names."""
    news = event_from(example(kind.wire_type()))
    assert kind.to is To.NAMED
    assert present(news) == kind.kerne == {Oplysningstype.SAGSFORLOEB}
    assert redact(news, frozenset(Oplysningstype) - kind.kerne) is None


@pytest.mark.parametrize("kind", SCOPE, ids=lambda kind: kind.navn)
@pytest.mark.parametrize(("part", "points"), [("familie", [1]), ("rusmiddel", ["navngivet"]), ("sundhed", [])])
def test_each_is_told_of_its_own_points(kind, part, points):
    """Whom else the citizen trusts with what is not a receiver's business."""
    told = event_from(example(kind.wire_type())).data.told_to(part)
    assert [one.punkt for one in told.punkter] == points


@pytest.mark.parametrize("kind", [SamtykkeTilbagekaldt, SamtykkeUdloebet], ids=lambda kind: kind.navn)
def test_the_end_of_a_declaration_says_no_points(kind):
    """That it has ended is all there is to tell."""
    assert "punkter" not in kind.model_fields
