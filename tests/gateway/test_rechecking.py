"""Decisions of a real log, recomputed and explained from what is really stored."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, uuid5

import pytest
from sqlalchemy import Connection, update
from structlog.testing import capture_logs

from consent import store
from consent.adjudication import Mode, Question
from consent.bases import Hjemmelregister, read_bases
from consent.database import Database, host_time, instant, metadata
from consent.disclosures import store as log_store
from consent.disclosures.keys import KeyStore
from consent.disclosures.recorder import Recorder
from consent.document import write_document
from consent.explanation import Explanation
from consent.recheck import Finding, Outcome, Why
from consent.sealing import close_box, open_box
from consent.service import ConsentService, Registered
from consent.signatures import Trust
from gateway import deliveries
from gateway.judging import Judge
from gateway.rechecking import Rechecking
from gateway.registers import base_register, keep_registers, registerversion
from gateway.settings import Settings
from ops.sample.pki import SamplePki
from schemas.errors import SchemaError
from schemas.events import event_from
from schemas.parties import Partregister

CPR, SIGNER = "2509479989", "11111111-2222-4333-8444-555555555555"
PARTIES: dict[str, Any] = {
    "version": 1,
    "parter": [
        {"id": "jobcenter", "kind": "forvaltning", "navn": "Jobcentret", "afsloerer": ["plan", "helbred", "bolig"]},
        {"id": "social", "kind": "forvaltning", "navn": "Socialforvaltningen"},
    ],
}
ROW: dict[str, Any] = {
    "paragraf": "§ A",
    "tekst": "Sådan er det.",
    "fra": ["forvaltning"],
    "til": ["forvaltning"],
    "oplysningstyper": ["plan", "helbred"],
    "kraever": ["begrundelse", "ansvarlig"],
    "viger_for_spaerring": False,
    "godkendt_af": "Databeskyttelsesrådgiveren",
    "godkendt_den": "2026-01-05",
    "kilde": "Loven",
    "bemaerkning": "En jurist skal bekræfte",
}
CLAIM = {"paragraf": "§ A", "begrundelse": "Det haster", "ansvarlig": "Leder Ib"}
Result = TypeVar("Result")


def bases(version: int = 1, **fields: Any) -> Hjemmelregister:
    """Return a register of one row."""
    return read_bases({"version": version, "hjemler": [{**ROW, **fields}]})


class Archive:
    """Decisions, declarations and registers of a municipality without a bus."""

    def __init__(self, folder: Path, pki: SamplePki) -> None:
        self.database, self.keys, self.pki = Database(f"sqlite:///{folder}/t.db"), KeyStore(folder / "n.db"), pki
        metadata.create_all(self.database.engine)
        self.recorder = Recorder(self.keys)
        self.service = ConsentService(self.keys, self.recorder, "1.1")
        self.decisions = 0
        self.use()

    def do(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in one transaction."""
        with self.database.write() as connection:
            return work(connection)

    def use(self, parties: dict[str, Any] = PARTIES, bases: Hjemmelregister = bases()) -> None:  # noqa: B008 - frozen
        """Take registers into use, as every start does."""
        register = Partregister.read(parties)
        self.do(lambda one: keep_registers(one, self.recorder, register, bases))
        self.judge = Judge(self.keys, self.recorder, bases, register)

    def declare(self, number: int = 1, **fields: Any) -> str:
        """Register a signed declaration that lets the departments share plans; return its id."""
        value = {
            "samtykke_id": f"urn:uuid:00000000-0000-4000-8000-{number:012}",
            "version": 1,
            "borger": CPR,
            "sag": "sag-1",
            "formaal": "forloeb",
            "punkter": [{"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan", "helbred"]}],
            "spaerringer": [],
            "afgivet": (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%dT12:00:00Z"),
            "gyldig_til": None,
            **fields,
        }
        names, now = {"jobcenter": "Jobcentret", "social": "Socialforvaltningen"}, datetime.now(UTC)
        credential = self.pki.issue(SIGNER, "Ane Eksempel", now - timedelta(hours=1), now + timedelta(hours=1))
        document = self.pki.sign(write_document(value, names, "Sagsbehandler"), credential)
        trust = Trust((self.pki.certificate,))
        added = self.do(lambda one: self.service.register(one, document, trust, names, "registrar"))
        assert isinstance(added, Registered)
        return str(value["samtykke_id"])

    def confirm(self) -> None:
        """Confirm the signer."""
        who = {"relation": "borger", "source": "MitID", "reference": "sag 7", "by": "registrar"}
        self.do(lambda one: self.service.confirm_signer(one, SIGNER, CPR, **who))

    def decide(self, *, claimed: bool = False) -> bool:
        """Decide about a plan with a row on health and put it on record; return whether anything may go."""
        self.decisions += 1
        claim = CLAIM if claimed else None
        row = {"delmaal": "a", "indsats": "b", "ansvarlige": ["c"], "status": "bevilget"}
        data = {"borger": {"cpr": CPR}, "sag": "sag-1", "formaal": "forloeb", "hjemmel": claim, "helbred": [row]}
        event = event_from(
            {
                "id": str(uuid5(NAMESPACE_OID, f"{self.decisions}")),
                "source": "jobcenter",
                "type": "dk.tvaers.indsatsplan.opdateret.v1",
                "time": "2026-03-02T08:15:00Z",
                "data": {**data, "plan_id": "p-1", "planversion": 1, "opdateret": "2026-03-02"},
            }
        )

        def work(connection: Connection) -> bool:
            borger_id = self.service.citizen(connection, CPR)
            asked = Question(
                mode=Mode.ORDINARY,
                borger=borger_id,
                fra="jobcenter",
                til="social",
                cases=(("sag-1", "forloeb"),),
                oplysningstyper=("helbred", "plan"),
                core=("plan",),
                hjemler=(claim,) if claim else (),
            )
            file = self.service.files(connection, [borger_id])[borger_id]
            one = self.judge.judge(event, asked, 1, file, self.service.now(connection, [borger_id]))
            self.judge.record(connection, [one])
            return one.copy is not None

        return self.do(work)

    def look(self, work: Callable[[Rechecking, list[log_store.Stored]], Result]) -> Result:
        """Run `work` on every decision of the log, oldest first."""

        def looking(connection: Connection) -> Result:
            entries = log_store.search(connection, log_store.Search(art="afgoerelse", limit=1000))
            return work(Rechecking(connection, self.keys, self.judge), entries[::-1])

        return self.do(looking)

    def findings(self) -> list[Finding]:
        """Recompute every decision, oldest first."""
        return self.look(lambda rechecking, entries: rechecking.recheck(entries))

    def outcomes(self) -> list[Outcome]:
        """Return what came of each."""
        return [one.outcome for one in self.findings()]

    def explanations(self) -> list[Explanation]:
        """Explain every decision, oldest first."""
        return self.look(lambda rechecking, entries: [rechecking.explain(one) for one in entries])

    def citizen(self) -> str:
        """Return the citizen's id."""
        return self.do(lambda one: self.service.citizen(one, CPR))

    def tamper(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change what is stored of the declaration, as somebody with the database and the keys could."""

        def work(connection: Connection) -> None:
            [(row, _since)] = store.history_of(connection, self.service.citizen(connection, CPR))
            key, place = self.keys.find(row.key_id), f"samtykke:{row.samtykke_id}:{row.version}"
            assert key is not None
            content = json.loads(open_box(key, row.box, place))
            change(content)
            box = close_box(key, json.dumps(content).encode(), place)
            connection.execute(update(store.samtykke).values(box=box))

        self.do(work)


@pytest.fixture(scope="module")
def pki() -> SamplePki:
    """Return one throw-away PKI for the module."""
    return SamplePki.create()


@pytest.fixture
def archive(tmp_path: Path, pki: SamplePki) -> Iterator[Archive]:
    """Return an archive."""
    made = Archive(tmp_path, pki)
    yield made
    made.database.close()
    made.keys.close()


SAME, DIFFERENT = Outcome.SAMME, Outcome.FORSKELLIG


class TestRecheck:
    def test_every_decision_of_a_history_comes_out_the_same(self, archive: Archive) -> None:
        """Before anything was declared, unconfirmed, confirmed, replaced, blocked, withdrawn: each as it was then."""
        went = [archive.decide()]
        samtykke_id = archive.declare()
        went.append(archive.decide())
        archive.confirm()
        went.append(archive.decide())
        archive.declare(version=2, punkter=[{"punkt": 1, "parter": ["jobcenter"], "oplysningstyper": ["plan"]}])
        went.append(archive.decide())
        went.append(archive.decide(claimed=True))
        archive.do(lambda one: archive.service.block(one, CPR, ["social"], ["*"], "registrar"))
        went.append(archive.decide())
        archive.do(lambda one: archive.service.withdraw(one, samtykke_id, "registrar"))
        went.append(archive.decide())
        assert went == [False, False, True, False, True, False, False]
        assert archive.outcomes() == [SAME] * 7

    def test_a_confirmation_made_twice_counts_from_the_first(self, archive: Archive) -> None:
        """The record of a signer may be renewed; what was decided in between stands."""
        archive.declare()
        archive.confirm()
        assert archive.decide()
        archive.confirm()
        assert archive.outcomes() == [SAME]

    def test_a_tampered_declaration_is_found(self, archive: Archive) -> None:
        """Whoever has database and keys can write another scope, and the log shows it."""
        archive.confirm()
        archive.declare(punkter=[{"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["boern"]}])
        assert not archive.decide()
        archive.tamper(lambda content: content["vaerdi"]["punkter"][0].update(oplysningstyper=["plan", "helbred"]))
        [found] = archive.findings()
        assert (found.outcome, found.hvorfor) == (DIFFERENT, Why.ANDET_SVAR)
        assert found.forskelle[0].startswith("helbred: oplysningstype_ikke_omfattet -> samtykke")

    def test_a_tampered_document_is_found(self, archive: Archive) -> None:
        """The signed document itself is bound by the entry that recorded it."""
        archive.confirm()
        archive.declare()
        archive.decide()
        archive.tamper(lambda content: content.update(dokument=""))
        assert [one.hvorfor for one in archive.findings()] == [Why.ANDET_SAMTYKKE]

    def test_a_box_that_was_overwritten_is_found(self, archive: Archive) -> None:
        """It does not open with its key: the citizen is refused everything now, and was not then."""
        archive.confirm()
        archive.declare()
        archive.decide()
        archive.do(lambda one: one.execute(update(store.samtykke).values(box=b"x" * 40)))
        assert archive.outcomes() == [DIFFERENT]

    def test_a_declaration_that_was_slipped_in_is_found(self, archive: Archive) -> None:
        """A row that the log knows nothing of permitted something, and has no ground."""
        archive.confirm()
        archive.declare()
        archive.do(lambda one: one.execute(log_store.oplysning.delete().where(log_store.oplysning.c.art == "samtykke")))
        assert archive.decide()
        assert archive.outcomes() == [DIFFERENT]

    def test_a_withdrawal_that_was_taken_out_is_found(self, archive: Archive) -> None:
        """A refusal as withdrawn needs a withdrawal."""
        archive.confirm()
        samtykke_id = archive.declare()
        archive.do(lambda one: archive.service.withdraw(one, samtykke_id, "registrar"))
        archive.decide()
        assert archive.outcomes() == [SAME]
        archive.do(lambda one: one.execute(update(store.samtykke).values(tilbagekaldt=None)))
        assert archive.outcomes() == [DIFFERENT]

    def test_a_question_that_was_moved_is_found(self, archive: Archive) -> None:
        """A delivery's question opens in its own place alone."""
        archive.decide()
        archive.do(lambda one: one.execute(update(deliveries.delivery).values(box=b"x" * 40)))
        assert [one.hvorfor for one in archive.findings()] == [Why.ANDET_SPOERGSMAAL]

    def test_an_erased_citizen_cannot_be_recomputed_and_that_is_said(self, archive: Archive) -> None:
        """With the keys gone there is nothing to decide again, and that is no difference."""
        archive.decide()
        archive.keys.destroy(archive.citizen())
        [found] = archive.findings()
        assert (found.outcome, found.hvorfor) == (Outcome.UMULIG, Why.SLETTET)

    def test_an_entry_without_its_delivery_cannot_be_recomputed(self, archive: Archive) -> None:
        """The question lies with the delivery."""
        archive.decide()
        archive.do(lambda one: one.execute(deliveries.delivery.delete()))
        assert [one.hvorfor for one in archive.findings()] == [Why.INTET_SPOERGSMAAL]


class TestRegisters:
    def test_each_decision_is_recomputed_under_its_own_registers(self, archive: Archive) -> None:
        """A paragraph that was struck later still carried what was decided under it."""
        assert archive.decide(claimed=True)
        archive.use(bases=bases(2, paragraf="§ B"))
        assert not archive.decide(claimed=True)
        archive.use({**PARTIES, "version": 2, "parter": PARTIES["parter"][:1]}, bases(2, paragraf="§ B"))
        assert not archive.decide(claimed=True)
        assert archive.outcomes() == [SAME] * 3

    def test_a_version_is_kept_once_and_logged_once(self, archive: Archive) -> None:
        """A restart, and a return to an earlier version, add nothing."""
        archive.use()
        archive.use(bases=bases(2))
        archive.use()
        rows = archive.do(lambda one: one.execute(registerversion.select()).all())
        entries = archive.do(lambda one: log_store.search(one, log_store.Search(art="drift")))
        assert sorted((row.register, row.version) for row in rows) == [
            ("hjemmelregister", 1),
            ("hjemmelregister", 2),
            ("partregister", 1),
        ]
        remarks = {json.loads(one.leaf)["bemaerkning"] for one in entries}
        assert remarks == {f"{row.register} {row.version} {row.sum}" for row in rows}

    def test_one_version_cannot_mean_two_things(self, archive: Archive) -> None:
        """Another content under a version that was used refuses the start, and says what to do."""
        with pytest.raises(SchemaError, match="give it a new version"):
            archive.use(bases=bases(tekst="Noget andet."))
        with pytest.raises(SchemaError, match="partregister"):
            archive.use({**PARTIES, "parter": PARTIES["parter"][:1]})

    def test_only_what_the_file_says_makes_a_version(self, archive: Archive) -> None:
        """A field that a later release adds, with a default, is no other content."""
        rows = archive.do(lambda one: one.execute(registerversion.select()).all())
        contents = {row.register: json.loads(row.indhold) for row in rows}
        assert set(contents["partregister"]["parter"][1]) == {"id", "kind", "navn"}
        assert set(contents["hjemmelregister"]["hjemler"][0]) == set(ROW)

    def test_a_changed_copy_of_a_register_is_not_used(self, archive: Archive) -> None:
        """Its content must be that of its hash."""
        archive.decide(claimed=True)
        archive.do(lambda one: one.execute(update(registerversion).values(sum="0" * 64)))
        assert [one.hvorfor for one in archive.findings()] == [Why.UKENDT_REGISTER]


class TestExampleApprovals:
    def test_the_shipped_approvals_are_warned_of_where_parties_are_real(self, tmp_path: Path) -> None:
        """Those of the sample's made-up municipality hold for its own parties; elsewhere operations are told."""
        own = tmp_path / "parter.toml"
        own.write_text("version = 1\nparter = []\n")
        with capture_logs() as logs:
            base_register(Settings(data=tmp_path))
            assert logs == []
            base_register(Settings(data=tmp_path, parter=own))
        assert [one["event"] for one in logs] == ["bases_approved_by_nobody_real"]
        mine = tmp_path / "hjemler.toml"
        mine.write_text("version = 1\nhjemler = []\n")
        with capture_logs() as logs:
            base_register(Settings(data=tmp_path, parter=own, hjemler=mine))
        assert logs == []


class TestExplanation:
    def test_a_permit_is_explained_by_the_form_that_was_signed(self, archive: Archive) -> None:
        """Names of the parties, the declaration, its point; not the citizen."""
        archive.confirm()
        samtykke_id = archive.declare()
        archive.decide()
        [found] = archive.explanations()
        text = "\n".join(found.afsnit)
        assert "Jobcentret ville give Socialforvaltningen oplysninger i sagen sag-1 til formålet forloeb" in text
        assert f"Borgeren har underskrevet erklæring {samtykke_id}, version 1" in text
        assert found.forslag is None
        assert archive.citizen() not in text
        assert CPR not in text

    def test_a_refusal_is_explained_by_what_was_missing_then(self, archive: Archive) -> None:
        """What has been signed since does not change why it was refused."""
        archive.decide()
        archive.confirm()
        archive.declare()
        [found] = archive.explanations()
        assert "borgeren har ikke givet samtykke" in "\n".join(found.afsnit)
        assert found.forslag is not None
        assert (found.forslag.punkt, found.forslag.oplysningstyper) == (1, ("helbred", "plan"))

    def test_a_paragraph_is_explained_as_it_stood_then(self, archive: Archive) -> None:
        """By the register of its time, with the name a party had."""
        archive.decide(claimed=True)
        renamed = [{**one, "navn": "Et nyt navn"} for one in PARTIES["parter"]]
        archive.use({"version": 2, "parter": renamed}, bases(2, tekst="Noget andet."))
        text = "\n".join(archive.explanations()[0].afsnit)
        assert "efter § A. Sådan er det. Det står Leder Ib for" in text
        assert "Socialforvaltningen" in text

    def test_an_erased_decision_is_explained_by_its_open_part(self, archive: Archive) -> None:
        """Grounds and reasons stand in the leaf for ever; whose they were does not."""
        archive.decide(claimed=True)
        archive.keys.destroy(archive.citizen())
        text = "\n".join(archive.explanations()[0].afsnit)
        assert "Helbred og Plan måtte gives: § A." in text
        assert "Leder Ib" not in text


def test_the_clock_of_the_host_is_what_confirmations_are_recorded_by(archive: Archive) -> None:
    """A declaration of a signer who is known already is confirmed from its registration on."""
    archive.confirm()
    archive.declare()
    [(_row, since)] = archive.do(lambda one: store.history_of(one, archive.service.citizen(one, CPR)))
    assert since is not None
    assert since <= archive.do(lambda one: instant(host_time(one)))
