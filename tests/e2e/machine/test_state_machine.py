"""I1, I3, I5, I6 and I7, held after every step of whatever may happen, in whatever order.

A machine of rules drives a whole Tværs with its real broker: declarations come, change and go, messages cross, are
fetched, kept in hand, acknowledged and sent again, the clock jumps, a crossing is held up between two of its steps, and
the process or its broker is killed. What is held after every step is in `World.check`. Linking identities is not among
the rules, as nothing links them yet.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import uuid4

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import create_engine, make_url

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))
STEPS = int(os.environ.get("FUZZ_STEPS", "14"))
"""`make fuzz` asks for more of both, and draws anew each time."""

CITIZENS = ("2509479989", "0201919990")
RECIPIENTS, SENDERS = ("familie", "social"), ("familie", "jobcenter")
UNKNOWN = "gln:5790000000999"
AREAS = ("helbred", "misbrug")
CROSSING = ("before it is published", "before it is recorded", "before the receipts")
RECALLING = ("before it is deleted", "before that is recorded", "before it is resumed")
JUMPS = [timedelta(), timedelta(days=3), timedelta(hours=3), -timedelta(days=2)]
PLACES = st.integers(0, 7)
PLANS = st.tuples(
    st.sampled_from(SENDERS),
    st.sampled_from(CITIZENS),
    st.frozensets(st.sampled_from(AREAS)),
    st.sampled_from([("social",), ("social", "familie"), ("familie", UNKNOWN), ("social", UNKNOWN)]),
)


class Machine(RuleBasedStateMachine):
    """The rules: each is one step, after which everything is held against the model."""

    begin: Callable[[], Any]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.world = self.begin()
        self.sound = True
        self.runner.run(self.world.start())

    def teardown(self) -> None:
        """See the end of what went well, and stop."""
        try:
            if self.sound:
                self.runner.run(self.world.end())
        finally:
            self.runner.run(self.world.stop())
            self.runner.close()

    def step(self, doing: Coroutine[Any, Any, Any]) -> None:
        """Do one step, and check."""
        self.sound = False
        self.runner.run(self.world.step(doing))
        self.sound = True

    def standing(self, place: int) -> str:
        """Choose a declaration that stands."""
        ids = sorted(one for one, given in self.world.model.given.items() if not given.withdrawn)
        return ids[place % len(ids)]

    def some_stand(self) -> bool:
        """Whether a declaration stands."""
        return any(not given.withdrawn for given in self.world.model.given.values())

    def some_sent(self) -> bool:
        """Whether something was handed in."""
        return bool(self.world.model.sent)

    @initialize(short=st.tuples(st.booleans(), st.booleans()), plan=PLANS)
    def morning(self, short, plan):
        """Both citizens have signed a wide declaration, and something has crossed."""
        everyone, everything = frozenset({*SENDERS, *RECIPIENTS}), frozenset({"plan", *AREAS})
        for borger, lapses in zip(CITIZENS, short, strict=True):
            self.step(self.world.sign(borger, everyone, everything, lapses))
        self.step(self.world.send(*plan))

    @rule(
        borger=st.sampled_from(CITIZENS),
        parter=st.sampled_from([("jobcenter", "familie", "social"), ("jobcenter", "social"), ("jobcenter", "familie")]),
        areas=st.sets(st.sampled_from(AREAS)),
        short=st.booleans(),
    )
    def give(self, borger, parter, areas, short):
        """A citizen signs a declaration."""
        self.step(self.world.sign(borger, frozenset(parter), frozenset(areas | {"plan"}), short))

    @precondition(some_stand)
    @rule(place=PLACES, typer=st.sets(st.sampled_from(["plan", *AREAS]), min_size=1))
    def narrow(self, place, typer):
        """A citizen signs a higher version of less."""
        self.step(self.world.narrow(self.standing(place), frozenset(typer)))

    @precondition(some_stand)
    @rule(place=PLACES)
    def withdraw(self, place):
        """A citizen withdraws a declaration."""
        self.step(self.world.withdraw(self.standing(place)))

    @rule(borger=st.sampled_from(CITIZENS), til=st.sampled_from(RECIPIENTS), typ=st.sampled_from(["plan", *AREAS]))
    def block(self, borger, til, typ):
        """A citizen blocks a category for a recipient."""
        self.step(self.world.block(borger, til, typ))

    @rule(plan=PLANS)
    def cross(self, plan):
        """A party hands in a plan."""
        self.step(self.world.send(*plan))

    @rule(plan=PLANS)
    def cross_more(self, plan):
        """A party hands in a plan: twice as often as anything else happens."""
        self.step(self.world.send(*plan))

    @rule(plan=PLANS, moment=st.sampled_from(CROSSING))
    def hold_a_crossing(self, plan, moment):
        """A crossing is held up between two of its steps, and the rest goes on."""
        self.step(self.world.hold(moment, self.world.send(*plan)))

    @rule()
    def let_go(self):
        """What is held up goes on."""
        self.step(self.world.go_on())

    @precondition(some_sent)
    @rule(place=PLACES, forgotten=st.booleans())
    def redeliver(self, place, forgotten):
        """A message comes again: as the same one, or as one that the broker takes for new."""
        sent = list(self.world.model.sent.values())
        self.step(self.world.again(sent[place % len(sent)], forgotten=forgotten))

    @rule(til=st.sampled_from(RECIPIENTS), how=st.sampled_from(["acknowledge", "keep", "turn down"]))
    def fetch(self, til, how):
        """A recipient fetches all that waits for it."""
        self.step(self.world.fetch(til, how))

    @rule(til=st.sampled_from(RECIPIENTS))
    def acknowledge(self, til):
        """A recipient acknowledges what it has had in hand, however late."""
        self.step(self.world.acknowledge(til))

    @rule(fra=st.sampled_from(SENDERS))
    def receipts(self, fra):
        """A sender fetches its receipts."""
        self.step(self.world.receipts(fra))

    @rule(what=st.sampled_from(["type", "field", "published"]))
    def unknown(self, what):
        """A party hands in what the shared language does not know."""
        self.step(self.world.unknown(what))

    @rule(to=st.sampled_from(JUMPS))
    def jump(self, to):
        """The clock of the database's host jumps."""
        self.step(self.world.jump(to))

    @rule(later=st.sampled_from([None, *JUMPS]), alone=st.booleans())
    def crash(self, later, alone):
        """The process and its broker are killed, or the broker alone; the clock may be another when they start."""
        self.step(self.world.kill_broker() if alone else self.world.crash(later=later))

    @rule(plan=PLANS, moment=st.sampled_from(CROSSING))
    def crash_while_crossing(self, plan, moment):
        """The process is killed between two steps of a crossing."""
        self.step(self.world.crash_while_crossing(moment, *plan))

    @precondition(some_stand)
    @rule(place=PLACES, moment=st.sampled_from(RECALLING))
    def crash_while_withdrawing(self, place, moment):
        """The process is killed between two steps of a withdrawal."""
        self.step(self.world.crash_while_withdrawing(moment, self.standing(place)))


class OneOrTwo(Machine):
    """The same, with a second gateway that comes and goes."""

    @rule()
    def second_gateway(self):
        """Start a second gateway on the same database and broker, or stop it."""
        self.step(self.world.second())


class Contract:
    """What each database must hold."""

    machine: type[Machine] = Machine

    @pytest.fixture
    def new_database(self) -> Callable[[], str]:
        """Return what makes an empty database and says its address."""
        raise NotImplementedError

    def test_whatever_happens_in_whatever_order(self, begin):
        """Random histories of what citizens, parties and faults do keep I1, I3, I5, I6 and I7 after every step."""
        machine = type("Begun", (self.machine,), {"begin": staticmethod(begin)})
        fuzzing = "FUZZ_EXAMPLES" in os.environ
        chosen = settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not fuzzing,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink] if fuzzing else [Phase.generate],
        )
        run_state_machine_as_test(machine, settings=chosen)


class TestOnSqlite(Contract):
    @pytest.fixture
    def new_database(self) -> Callable[[], str]:
        """Let each world have the database in its own folder."""
        return lambda: ""


class TestOnPostgres(Contract):
    machine = OneOrTwo

    @pytest.fixture
    def new_database(self, postgres_server) -> Callable[[], str]:
        """Make a database of its own for each world."""

        def make() -> str:
            name = f"test_{uuid4().hex[:12]}"
            administrator = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
            with administrator.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
            administrator.dispose()
            return make_url(postgres_server).set(database=name).render_as_string(hide_password=False)

        return make
