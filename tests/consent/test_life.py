"""The life of a samtykke after it is registered: signers, lifted blocks, paper, refusals, protected addresses."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consent import store
from consent.adjudication import Answer, Mode, Question
from consent.answered import KEPT, AnswerBook, Answered, besvaret
from consent.answering import answer
from consent.bases import read_bases
from consent.citizen import as_of
from consent.database import host_time, instant
from consent.decisions import Reason, Samtykkegrundlag
from consent.declarations import Declaration, day_ends
from consent.disclosures import store as log_store
from consent.document import DocumentRefused
from consent.errors import ConsentRefused
from consent.history import known_versions
from consent.paper import write_attestation
from consent.recheck import as_known
from consent.refusals import Refusal
from consent.service import Registered
from consent.showing import shown
from consent.signatures import Trust

if TYPE_CHECKING:
    from tests.consent.conftest import Office

CPR, OTHER_CPR = "2509479989", "0201919990"
SIGNER = "11111111-2222-4333-8444-555555555555"
EMPLOYEE = "0b8e7f36-93a5-4d0e-8a41-7c6d5e4f3a2b"
CVR = "25313763"
NAMES = {"jobcenter": "Jobcentret", "social": "Socialforvaltningen"}
KINDS = dict.fromkeys(NAMES, "forvaltning")
NO_BASES = read_bases({"version": 1, "hjemler": []})
SCAN = b"%PDF-1.7 a scan"


def today(days: int = 0) -> date:
    """Return the day some days from now."""
    return (datetime.now(UTC) + timedelta(days=days)).date()


def signing(office: "Office", relation: str = "fuldmagt", **fields: Any) -> str:
    """Record that the signer may sign for the citizen."""
    values = {"relation": relation, "source": "Digital Fuldmagt", "reference": "sag 7", "by": "registrar", **fields}
    return office.do(lambda one: office.service.confirm_signer(one, SIGNER, CPR, **values))


def reject(office: "Office") -> str:
    """Reject the signer's record."""
    return office.do(lambda one: office.service.reject_signer(one, SIGNER, CPR, reference="brev 3", by="registrar"))


def asked(office: "Office", *oplysningstyper: str, days: int = 0) -> Answer:
    """Ask, some days from now, whether something may go from jobcenter to social in the declarations' case."""
    file = office.file()
    question = Question(
        Mode.ORDINARY, file.borger_id, *NAMES, (("sag-hemmelig-1", "rehabilitering"),), oplysningstyper or ("plan",), ()
    )
    now = office.do(lambda one: office.service.now(one, [file.borger_id])) + timedelta(days=days)
    return answer(question, file.consents, NO_BASES, KINDS, now)


def attested(office: "Office", value: dict[str, Any], underskriver: str = "", *, employer: str = CVR) -> bytes:
    """Return a signed attestation of a samtykke on paper."""
    now, hour = datetime.now(UTC), timedelta(hours=1)
    credential = office.pki.issue(EMPLOYEE, "Eva Eksempel", now - hour, now + hour, employer=employer)
    attestation = write_attestation(value, NAMES, "Sagsbehandler", SCAN, "Eva Eksempel", underskriver)
    return office.pki.sign(attestation, credential)


def hand_in(office: "Office", attestation: bytes) -> Registered | ConsentRefused:
    """Register a samtykke on paper."""
    trust = Trust((office.pki.certificate,), employer=CVR)
    return office.do(lambda one: office.service.register_paper(one, attestation, trust, NAMES, "registrar"))


def code(outcome: object) -> str:
    """Return why something was refused."""
    assert isinstance(outcome, ConsentRefused)
    return outcome.code


def refused(work: Callable[[], object]) -> str:
    """Return why this is refused."""
    with pytest.raises(ConsentRefused) as caught:
        work()
    return caught.value.code


class LifeContract:
    """What holds on every database."""

    # signers

    def test_a_lapsed_signer_confirms_no_longer(self, office: "Office") -> None:
        """What a guardian signed holds to the end of the last day, and the answer says until when."""
        office.register(office.scope())
        signing(office, "vaerge", gyldig_fra=today(-400), gyldig_til=today(3))
        assert set(asked(office).permitted) == {"plan"}
        assert asked(office).until == day_ends(today(3))
        assert asked(office, days=5).withheld == {"plan": Reason.UNDERSKRIFT_UGYLDIG}

    def test_who_is_not_the_citizen_signs_for_a_year_at_most(self, office: "Office") -> None:
        """Without a last day the evidence must be looked at again in a year; the citizen's own does not end."""
        office.register(office.scope())
        signing(office)
        [declaration] = office.file().declarations
        assert declaration.underskriver.til is not None
        assert timedelta(days=364) < declaration.underskriver.til - datetime.now(UTC) < timedelta(days=368)
        signing(office, "borger")
        assert office.file().declarations[0].underskriver.til is None

    def test_nobody_signs_before_the_first_day(self, office: "Office") -> None:
        """A declaration from before the evidence begins is not confirmed by it, whenever it is handed in."""
        office.register(office.scope(1))
        signing(office, gyldig_fra=today(-1))
        office.register(office.scope(2))
        assert asked(office).withheld == {"plan": Reason.UNDERSKRIFT_UGYLDIG}
        signing(office, gyldig_fra=today(-10))
        assert set(asked(office).permitted) == {"plan"}

    def test_days_that_are_none_are_refused(self, office: "Office") -> None:
        """The last day does not lie before the first, and every day has an end."""
        assert refused(lambda: signing(office, gyldig_fra=today(2), gyldig_til=today(1))) == "gyldighed"
        assert refused(lambda: signing(office, gyldig_til=date.max)) == "gyldighed"
        assert office.states() == []

    def test_a_rejected_record_confirms_nothing(self, office: "Office") -> None:
        """Neither what was signed before nor what comes after; a new record does."""
        office.register(office.scope(1))
        signing(office, "borger")
        reject(office)
        office.register(office.scope(2))
        assert asked(office).withheld == {"plan": Reason.UNDERSKRIFT_UGYLDIG}
        assert refused(lambda: reject(office)) == "ukendt_underskriver"
        signing(office, "borger")
        assert set(asked(office).permitted) == {"plan"}
        assert "underskriver_forkastet" in office.states()

    # blocks

    def test_a_block_on_the_citizens_word_is_lifted_on_it(self, office: "Office") -> None:
        """With a reference; lifting twice is one, and the citizen may block again."""
        office.confirm()
        office.register(office.scope())
        block = office.block(["social"], ["plan"]).declaration.samtykke_id
        for _ in range(2):
            office.do(lambda one: office.service.lift(one, CPR, block, "brev 9", "registrar"))
        assert set(asked(office).permitted) == {"plan"}
        assert office.states().count("spaerring_ophaevet") == 1
        assert office.entries()[-1]["begrundelse"] == "brev 9"
        assert office.block(["social"], ["plan"]).new
        assert asked(office).withheld == {"plan": Reason.SPAERRET}

    def test_nobody_lifts_what_was_signed_or_is_anothers(self, office: "Office") -> None:
        """A signed block is lifted by a signature; another citizen's by nobody."""
        office.confirm()
        scope = office.scope(spaerringer=[{"til": ["social"], "oplysningstyper": ["helbred"]}])
        office.register(scope)
        theirs = office.block(["social"], ["plan"], OTHER_CPR).declaration.samtykke_id

        def lift(samtykke_id: str) -> str:
            return office.do(lambda one: office.service.lift(one, CPR, samtykke_id, "brev", "registrar"))

        assert refused(lambda: lift(scope["samtykke_id"])) == "underskrevet_spaerring"
        assert refused(lambda: lift(theirs)) == "ukendt_spaerring"

    # paper

    def test_a_samtykke_on_paper_permits_and_says_that_it_is_paper(self, office: "Office") -> None:
        """In the answer, where it is shown, in the ground and in the log; the scan is known by a keyed hash alone."""
        registered = hand_in(office, attested(office, office.scope()))
        assert isinstance(registered, Registered)
        assert registered.form == "papir"
        ground = asked(office).permitted["plan"]
        assert isinstance(ground, Samtykkegrundlag)
        assert ground.as_json()["form"] == "papir"
        borger_id = office.citizen()
        [seen] = office.do(lambda one: shown(one, office.keys, borger_id))["samtykker"]
        assert (seen["form"], seen["medarbejder"], seen["attesteret_af"]) == ("papir", "Eva Eksempel", EMPLOYEE)
        assert seen["scan"]
        entry = office.entries()[-1]
        assert (entry["tilladt"]["samtykke"]["form"], entry["bruger"]) == ("papir", EMPLOYEE)

    def test_another_organisations_employee_attests_nothing(self, office: "Office") -> None:
        """The national authorities certify every company's employees; the municipality's own alone may attest."""
        foreign = attested(office, office.scope(), employer="10150817")
        assert code(hand_in(office, foreign)) == "underskriver_ikke_ansat"
        assert office.stored() == []

    def test_a_citizen_attests_nothing(self, office: "Office") -> None:
        """Only an employee's certificate counts on an attestation, and only a person's on a citizen's samtykke."""
        assert code(hand_in(office, attested(office, office.scope(), employer=""))) == "underskriver_ikke_person"
        now, hour = datetime.now(UTC), timedelta(hours=1)
        credential = office.pki.issue(SIGNER, "Eva Eksempel", now - hour, now + hour, employer=CVR)
        office.confirm()
        unsigned = office.sign(office.scope()).split(b"<ds:Signature")[0] + b"</samtykke:SamtykkeErklaering>"
        assert code(office.register(office.pki.sign(unsigned, credential))) == "underskriver_ikke_person"
        assert office.stored() == []

    def test_a_declaration_is_no_attestation(self, office: "Office") -> None:
        """What an employee signs must say what the employee has seen."""
        now, hour = datetime.now(UTC), timedelta(hours=1)
        credential = office.pki.issue(EMPLOYEE, "Eva Eksempel", now - hour, now + hour, employer=CVR)
        unsigned = office.sign(office.scope()).split(b"<ds:Signature")[0] + b"</samtykke:SamtykkeErklaering>"
        assert code(hand_in(office, office.pki.sign(unsigned, credential))) == "attest_afvist"

    def test_paper_does_not_replace_what_was_signed_digitally(self, office: "Office") -> None:
        """Not silently: the digital one must be withdrawn first, and then the citizen must sign anew."""
        office.confirm()
        office.register(office.scope())
        now = (datetime.now(UTC) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        newer = office.scope(version=2, afgivet=now)
        assert code(hand_in(office, attested(office, newer))) == "papir_efter_digital"
        office.withdraw(newer["samtykke_id"])
        assert isinstance(hand_in(office, attested(office, newer)), Registered)

    def test_the_same_on_paper_is_the_digital_one(self, office: "Office") -> None:
        """Handed in as paper too, a version stays what it was."""
        office.confirm()
        office.register(office.scope())
        again = hand_in(office, attested(office, office.scope()))
        assert isinstance(again, Registered)
        assert (again.new, again.form) == (False, "xml")
        assert [row.form for row in office.stored()] == ["xml"]

    def test_on_paper_too_another_must_be_on_record(self, office: "Office") -> None:
        """An employee who saw a guardian sign does not make anybody a guardian."""
        hand_in(office, attested(office, office.scope(), SIGNER))
        assert asked(office).withheld == {"plan": Reason.UNDERSKRIFT_UGYLDIG}
        signing(office, "vaerge")
        assert set(asked(office).permitted) == {"plan"}

    # refusals

    def test_a_no_is_kept_and_changes_nothing(self, office: "Office") -> None:
        """What was asked, when, by whom, and that the consequences were told; the samtykke that was given stands."""
        office.confirm()
        office.register(office.scope())
        no = Refusal(
            "sag-2", "pension", ("social",), ("helbred",), today(-1), konsekvenser_oplyst=True, oplyst_af="Eva"
        )
        borger_id = office.do(lambda one: office.service.refuse(one, CPR, no, "registrar"))
        [kept] = office.do(lambda one: shown(one, office.keys, borger_id))["afslag"]
        assert (kept["sag"], kept["oplysningstyper"], kept["oplyst_af"]) == ("sag-2", ["helbred"], "Eva")
        assert kept["dato"] == today(-1).isoformat()
        assert office.states()[-1] == "afslaaet"
        assert set(asked(office).permitted) == {"plan"}
        assert "sag-2" not in repr(office.do(lambda one: one.execute(select(store.afslag)).all()))

    @pytest.mark.parametrize(("told", "day", "why"), [(False, 0, "konsekvenser_ikke_oplyst"), (True, 2, "dato")])
    def test_a_no_that_was_not_one_is_refused(self, office: "Office", told: bool, day: int, why: str) -> None:
        """Before the consequences are told, or before its day, there is nothing to record."""
        no = Refusal("sag-2", "pension", ("social",), ("helbred",), today(day), konsekvenser_oplyst=told, oplyst_af="E")
        assert refused(lambda: office.do(lambda one: office.service.refuse(one, CPR, no, "registrar"))) == why

    # protected addresses

    def test_a_protected_address_crosses_on_no_consent(self, office: "Office") -> None:
        """The rest goes as before, and nothing is said of it; the end is said by the registrar, and holds."""
        borger_id = office.confirm()
        point = {"punkt": 1, "parter": list(NAMES), "oplysningstyper": ["plan", "stamdata"]}
        office.register(office.scope(punkter=[point]))
        assert office.do(lambda one: office.service.protect_address(one, borger_id, "social"))
        assert not office.do(lambda one: office.service.protect_address(one, borger_id, "jobcenter"))
        found = asked(office, "plan", "stamdata")
        assert (set(found.permitted), found.withheld) == ({"plan"}, {"stamdata": Reason.SPAERRET})
        assert office.do(lambda one: office.service.unprotect_address(one, borger_id, "registrar", "CPR-udtræk"))
        assert set(asked(office, "plan", "stamdata").permitted) == {"plan", "stamdata"}
        assert office.states()[-2:] == ["adressebeskyttet", "adressebeskyttelse_ophoert"]

    def test_protection_says_nothing_of_the_rest(self, office: "Office") -> None:
        """Without any samtykke the reason of everything else stays that there is none."""
        borger_id = office.citizen()
        office.do(lambda one: office.service.protect_address(one, borger_id, "social"))
        assert asked(office, "plan", "stamdata").withheld == {
            "plan": Reason.INTET_SAMTYKKE,
            "stamdata": Reason.SPAERRET,
        }
        assert office.file().declarations == ()

    # what an earlier decision knew

    def test_every_earlier_state_can_be_known_again(self, office: "Office") -> None:
        """At every entry of the log, history tells the declarations as the service told them then."""
        borger_id, seen = office.citizen(), []

        def step(work: Callable[[], object]) -> None:
            work()
            now = office.do(lambda one: office.service.now(one, [borger_id]))
            seq = office.do(lambda one: log_store.search(one, log_store.Search(limit=1)))[0].seq
            seen.append((seq + 1, now, said(as_of(office.file().consents, now))))

        block = "urn:uuid:none"

        def blocked() -> None:
            nonlocal block
            block = office.block(["social"], ["plan"]).declaration.samtykke_id

        step(lambda: office.register(office.scope()))
        step(lambda: signing(office, "vaerge", gyldig_til=today(30)))
        step(blocked)
        step(lambda: office.do(lambda one: office.service.protect_address(one, borger_id, "social")))
        step(lambda: reject(office))
        step(lambda: office.do(lambda one: office.service.lift(one, CPR, block, "brev", "registrar")))
        step(lambda: signing(office, "borger"))
        step(lambda: office.do(lambda one: office.service.unprotect_address(one, borger_id, "registrar", "brev")))
        step(lambda: hand_in(office, attested(office, office.scope(2))))
        versions = office.do(lambda one: known_versions(one, office.keys, borger_id))
        assert [said(as_known(versions, seq, now)) for seq, now, _ in seen] == [one for _, _, one in seen]
        assert len({repr(one) for _, _, one in seen}) == len(seen) - 1  # confirmed for good or for a while look alike

    # answers under an idempotency key

    def test_an_answer_is_given_again_to_the_same_request_alone(self, office: "Office") -> None:
        """The same key from somebody else is another key; with another request it is refused."""
        book, given = AnswerBook(office.keys), Answered(201, {"sag": "sag-hemmelig-1"}, office.citizen())
        office.do(lambda one: book.keep(one, "role_registrar", "k-1", b"request", given))
        assert office.do(lambda one: book.recall(one, "role_registrar", "k-1", b"request")) == given
        assert office.do(lambda one: book.recall(one, "role_login", "k-1", b"request")) is None
        assert (
            refused(lambda: office.do(lambda one: book.recall(one, "role_registrar", "k-1", b"other")))
            == "noegle_genbrugt"
        )
        assert "hemmelig" not in repr(office.do(lambda one: one.execute(select(besvaret)).all()))

    def test_an_answer_goes_with_its_citizen_and_with_the_day(self, office: "Office") -> None:
        """An erased citizen's is not shown, nor done again; after a day the key is as new."""
        book, given = AnswerBook(office.keys), Answered(200, {}, office.citizen())
        office.do(lambda one: book.keep(one, "r", "k-1", b"request", given))
        office.keys.destroy(office.citizen())
        assert refused(lambda: office.do(lambda one: book.recall(one, "r", "k-1", b"request"))) == "svar_slettet"
        before = instant(office.do(host_time) - KEPT - timedelta(seconds=1))
        office.do(lambda one: one.execute(besvaret.update().values(tid=before)))
        assert office.do(lambda one: book.recall(one, "r", "k-1", b"request")) is None
        office.do(lambda one: book.keep(one, "r", "k-2", b"request", Answered(200, {})))
        assert len(office.do(lambda one: one.execute(select(besvaret)).all())) == 1


def said(consents: Any) -> list[tuple[Any, ...]]:
    """Return what declarations say, in order."""
    assert all(isinstance(one, Declaration) for one in consents)
    return sorted(
        (one.samtykke_id, one.version, one.signed, one.spaerringer, one.underskriver.papir) for one in consents
    )


class TestLifeSqlite(LifeContract):
    @pytest.fixture
    def office(self, make_office: Callable[[str], "Office"], sqlite_url: str) -> "Office":
        """Return a service on SQLite."""
        return make_office(sqlite_url)


class TestLifePostgres(LifeContract):
    @pytest.fixture
    def office(self, postgres_url: str, make_office: Callable[[str], "Office"]) -> "Office":
        """Return a service on PostgreSQL."""
        return make_office(postgres_url)


class TestAttestation:
    @pytest.mark.parametrize("name", ["", "Eva\tEksempel", "E" * 101, "Eva\x00"])
    def test_an_employee_without_a_name_attests_nothing(self, office_scope: dict[str, Any], name: str) -> None:
        """A named person stands behind it."""
        with pytest.raises(DocumentRefused) as caught:
            write_attestation(office_scope, NAMES, "Sagsbehandler", SCAN, name)
        assert caught.value.where == "MedarbejderNavn"

    def test_a_signer_who_is_no_id_is_refused(self, office_scope: dict[str, Any]) -> None:
        """The error says where, and not what."""
        with pytest.raises(DocumentRefused) as caught:
            write_attestation(office_scope, NAMES, "Sagsbehandler", SCAN, "Eva", "2509479989")
        assert "2509479989" not in str(caught.value)


@pytest.fixture
def office_scope(make_office: Callable[[str], "Office"], sqlite_url: str) -> dict[str, Any]:
    """Return what a citizen signs."""
    return make_office(sqlite_url).scope()
