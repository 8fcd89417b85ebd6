"""The referral to outreach casework: each criterion goes under its own category."""

from importlib.resources import files

import pytest

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.events import read_event
from schemas.haendelser.henvendelse import HenvendelseModtaget
from schemas.redaction import redact
from schemas.screening import Emne

EXAMPLE = read_event(files("schemas").joinpath("eksempler/henvendelse.modtaget.v1.json").read_bytes())
CORE = frozenset({Type.SAGSFORLOEB})


def copied(*typer: Type) -> HenvendelseModtaget:
    """Return the example as someone with the core and these categories reads it."""
    copy = redact(EXAMPLE, CORE | set(typer))
    assert copy is not None
    assert isinstance(copy.data, HenvendelseModtaget)
    return copy.data


@pytest.mark.parametrize(
    ("permitted", "topic"),
    [
        (Type.FREMMOEDE, Emne.MANGLENDE_KONTAKT),
        (Type.OEKONOMI, Emne.OEKONOMISKE_PROBLEMER),
        (Type.NETVAERK_FAMILIE, Emne.ISOLATIONSPROBLEMER),
        (Type.BOLIG, Emne.BOLIGPROBLEMER),
        (Type.HELBRED, Emne.MANGLENDE_BEHANDLING),
        (Type.MISBRUG, Emne.MISBRUG),
        (Type.STRAFBARE_FORHOLD, Emne.KRIMINALITET),
    ],
)
def test_one_category_opens_one_topic(permitted, topic):
    """With one category beside the core, exactly the topic under it is read."""
    assert copied(permitted).emner() == {topic}


def test_the_example_ticks_every_topic():
    """The topics are read off the event's own fields."""
    assert isinstance(EXAMPLE.data, HenvendelseModtaget)
    assert EXAMPLE.data.emner() == set(Emne)


def test_the_core_tells_that_there_is_a_referral_and_nothing_of_why():
    """Without a criterion's category a receiver reads when and by whom it was received."""
    bare = copied()
    assert (bare.modtaget_af, bare.emner(), bare.kategori_1) == ("Mads Eksempel", frozenset(), ())
    assert (bare.adresse, bare.telefon, bare.videregivet_til) == (None, None, ())


def test_without_the_core_there_is_no_referral():
    """Whoever may not know of the casework is not told by way of a criterion."""
    assert redact(EXAMPLE, frozenset(Type) - CORE) is None


def test_who_refers_goes_with_what_the_name_reveals():
    """A caretaker's name tells of the housing, so it needs that category; so does the word for it."""
    assert copied(Type.HELBRED).henviser is None
    assert copied(Type.HELBRED).oplysningstyper == ()
    assert copied(Type.BOLIG).henviser == "Viceværten i Lærkeparken"


def test_a_referrer_of_whom_nothing_is_declared_may_reveal_anything():
    """Undeclared, the referrer may be a hospital, a treatment centre, the police or a school."""
    silent = EXAMPLE.data.model_copy(update={"oplysningstyper": ()})
    assert silent.declared() == FRITEKST


def test_where_the_one_it_is_passed_to_works_needs_what_is_declared():
    """A name and a phone are a contact person's; a workplace may say what the citizen is referred for."""
    (known,) = copied(Type.KONTAKTPERSONER).videregivet_til
    assert (known.stilling, known.ansaettelsessted, known.mail) == (None, None, None)
    assert known.telefon is not None
    (whole,) = copied(Type.KONTAKTPERSONER, Type.BOLIG).videregivet_til
    assert None not in (whole.stilling, whole.ansaettelsessted, whole.mail)
