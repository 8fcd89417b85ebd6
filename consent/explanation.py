"""A decision in plain Danish: which point of which signed form, or which paragraph and who stated it; else what lacked.

Pure, and the one source of these words for commands, API and pages. What is not handed in is not said: the citizen is
never named, and nothing is quoted but the case, the claim and the declarations of the question itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from consent.adjudication import Answer, Mode, Premises, Question
from consent.bases import REVIEWED_WITHIN, Bestemmelse, Hjemmelregister
from consent.citizen import is_shield
from consent.claims import faults, stated_by
from consent.decisions import Ground, Hjemmelsgrundlag, Reason, Samtykkegrundlag
from consent.declarations import COPENHAGEN, NAVNGIVET, Declaration
from consent.suggestion import Forslag, could_sign, direction
from consent.words import ground_in_words, reason_in_words, type_in_words
from schemas.categories import Oplysningstype

POINTS: Mapping[int | str, str] = {
    1: "kommunens forvaltninger og Ungdommens Uddannelsesvejledning deler oplysninger med hinanden",
    2: "kommunen og de sundhedsfaglige i regionen, der hjælper kommunen, udveksler oplysninger",
    3: "de sundhedsfaglige i regionen, der hjælper kommunen, får oplysninger fra resten af sundhedsvæsenet",
    4: "kommunen og borgerens egen læge udveksler oplysninger",
    NAVNGIVET: "navngivne afsendere giver oplysninger til navngivne modtagere",
}
"""When each point of the form speaks of a disclosure."""

REASONS: Mapping[Reason, str] = {
    Reason.UKENDT_PART: "afsender eller modtager står ikke i partregistret, og en ukendt part får intet",
    Reason.UKENDT_OPLYSNINGSTYPE: "oplysningstypen findes ikke, og det ukendte går ikke videre",
    Reason.LAESEFEJL: (
        "en af borgerens erklæringer kan ikke læses. Der kan stå en spærring i den, så intet går på et samtykke, før "
        "den er bragt i orden"
    ),
    Reason.SPAERRET: "borgeren har spærret for, at {til} får det",
    Reason.UNDERSKRIFT_UGYLDIG: (
        "borgerens samtykke er ikke gyldigt underskrevet af borgeren eller af en, der er bekræftet at måtte gøre det "
        "for borgeren"
    ),
    Reason.TILBAGEKALDT: "borgeren har trukket sit samtykke tilbage",
    Reason.IKKE_TRAADT_I_KRAFT: "borgerens samtykke gjaldt ikke endnu",
    Reason.UDLOEBET: "borgerens samtykke er udløbet; et samtykke gælder højst et år",
    Reason.ANDEN_SAG: "borgerens samtykke gælder en anden sag, eller det vides ikke, hvilken sag det drejer sig om",
    Reason.ANDET_FORMAAL: "borgerens samtykke gælder et andet formål",
    Reason.UDEN_FOR_PUNKT: "intet punkt i borgerens samtykke gælder fra {fra} til {til}",
    Reason.PART_IKKE_NAVNGIVET: "det punkt i borgerens samtykke, der kunne gælde, nævner ikke både {fra} og {til}",
    Reason.OPLYSNINGSTYPE_IKKE_OMFATTET: "det, som må gives fra {fra} til {til}, omfatter det ikke",
    Reason.HJEMMEL_UGYLDIG: "den påberåbte hjemmel holder ikke, og borgeren har ikke givet samtykke",
    Reason.INTET_SAMTYKKE: "borgeren har ikke givet samtykke, og ingen hjemmel er påberåbt",
    Reason.FEJL_I_AFGOERELSE: "afgørelsen kunne ikke træffes, og så går intet videre; driften har fået besked",
}
"""Why something is withheld, as the end of a sentence."""

ADDRESS_PROTECTED = "borgeren har navne- og adressebeskyttelse, og så går adressen aldrig videre på et samtykke"
"""In place of `spaerret` where nothing but the law blocks it."""

_SIGNED = {
    "borger": "Borgeren",
    "vaerge": "Borgerens værge",
    "foraeldremyndighed": "Den, der har forældremyndigheden,",
    "fuldmagt": "En, der har borgerens fuldmagt,",
}


Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Paragraphs for people, and what the citizen could sign, for machines too."""

    afsnit: tuple[str, ...]
    forslag: Forslag | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the explanation as JSON values."""
        return {"afsnit": list(self.afsnit), "forslag": self.forslag.as_json() if self.forslag else None}


def explain(
    question: Question,
    answer: Answer,
    premises: Premises,
    names: Mapping[str, str],
    register: Hjemmelregister | None = None,
) -> Explanation:
    """Explain an answer. `names` gives the parties' names; `register` what the paragraphs say and who approved them."""
    teller = _Teller(question, answer, premises, names, register)
    forslag = could_sign(question, answer.withheld, premises)
    return Explanation(
        (*teller.asked(), *teller.permitted(), *teller.withheld(), *teller.claims(), *teller.advice(forslag)), forslag
    )


def explain_erased(
    fra: str,
    til: str,
    permitted: Mapping[str, Mapping[str, Any]],
    withheld: Mapping[str, str],
    names: Mapping[str, str],
) -> Explanation:
    """Explain an entry of which the log's open part alone is left: its grounds and reasons as they were recorded."""
    grounds = _grouped((ground_in_words(ground), category) for category, ground in permitted.items())
    reasons = _grouped((reason_in_words(code), category) for category, code in withheld.items())
    about = f"Det drejer sig om oplysninger fra {names.get(fra, fra)} til {names.get(til, til)}."
    allowed = (f"{_types(categories)} måtte gives: {why}." for why, categories in grounds.items())
    refused = (f"{_types(categories)} blev holdt tilbage: {why}." for why, categories in reasons.items())
    return Explanation((f"{about} Det, der kunne sige mere, er slettet eller kan ikke læses.", *allowed, *refused))


@dataclass(frozen=True, slots=True)
class _Teller:
    question: Question
    answer: Answer
    premises: Premises
    names: Mapping[str, str]
    register: Hjemmelregister | None

    def asked(self) -> Iterator[str]:
        """Say what it is about."""
        question = self.question
        fra, til = self._name(question.fra), self._name(question.til)
        types = _types(question.oplysningstyper)
        case = f" i sagen {self.answer.sag} til formålet {self.answer.formaal}" if self.answer.sag else ""
        when = f" Afgørelsen er truffet {_moment(self.premises.now)}." if _is_instant(self.premises.now) else ""
        if question.mode is Mode.NAMED:
            told = (
                f"samtykke {question.samtykke[0]}, version {question.samtykke[1]}" if question.samtykke else "samtykke"
            )
            news = f"{fra} ville give {til} besked om borgerens {told}."
            yield f"{news} Sådan en besked går kun til dem, som samtykket selv nævner.{when}"
        elif question.mode is Mode.ASKED:
            yield (
                f"{fra} ville bede {til} om oplysninger{case}: {types}. Der må kun spørges, når svaret må gives, så "
                f"afgørelsen gælder oplysninger fra {til} til {fra}.{when}"
            )
        else:
            yield f"{fra} ville give {til} oplysninger{case}: {types}.{when}"

    def permitted(self) -> Iterator[str]:
        """Say what was permitted, and on what."""
        for ground, categories in _grouped((ground, one) for one, ground in self.answer.permitted.items()).items():
            yield f"{_types(categories)} måtte gives{self._ground(ground)}"

    def withheld(self) -> Iterator[str]:
        """Say what was withheld, and why; and what went with it."""
        fra, til = map(self._name, direction(self.question))
        withheld = self.answer.withheld.items()
        for why, categories in _grouped((self._why(reason, one, fra, til), one) for one, reason in withheld).items():
            yield f"{_types(categories)} blev holdt tilbage: {why}."
        if self.answer.refused and self.question.mode is Mode.ASKED:
            yield "Der spørges kun, når alt det, der spørges om, må gives."
        elif self.answer.refused and set(self.question.core) & set(self.question.oplysningstyper):
            yield f"Beskeden går kun, når dette må gives, og holdes ellers helt tilbage: {_types(self.question.core)}."

    def _why(self, reason: Reason, category: str, fra: str, til: str) -> str:
        protected = reason is Reason.SPAERRET and category == Oplysningstype.STAMDATA
        if protected and any(map(is_shield, self.premises.consents)):
            return ADDRESS_PROTECTED
        return REASONS[reason].format(fra=fra, til=til)

    def claims(self) -> Iterator[str]:
        """Say of each claim that came to nothing why it did."""
        fra, til = direction(self.question)
        names = self._name(fra), self._name(til)
        grounds = {one.paragraf for one in self.answer.permitted.values() if isinstance(one, Hjemmelsgrundlag)}
        yield from faults(self.question, (fra, til), names, self.premises, self.register, grounds)

    def advice(self, forslag: Forslag | None) -> Iterator[str]:
        """Say what the citizen could sign."""
        if forslag is None:
            return
        for samtykke_id in forslag.spaerringer:
            yield (
                f"Spærringen står i erklæring {samtykke_id}. Den ophæves kun, hvis borgeren underskriver en ny version "
                "af den uden spærringen."
            )
        what = f"Borgeren kan tillade det ved at underskrive et samtykke{self._to_the_case(forslag)}"
        point = "hvor et punkt med navngivne parter" if forslag.punkt == NAVNGIVET else f"hvor punkt {forslag.punkt}"
        parties = f"{self._name(forslag.fra)} som afsender og {self._name(forslag.til)} som modtager"
        if forslag.punkt != NAVNGIVET:
            parties = f"{self._name(forslag.fra)} og {self._name(forslag.til)}"
        yield f"{what}, {point} nævner {parties} og disse oplysninger: {_types(forslag.oplysningstyper)}."

    def _to_the_case(self, forslag: Forslag) -> str:
        if forslag.sag is None:
            return " til den sag, det drejer sig om"
        return f" til sagen {forslag.sag} og formålet {forslag.formaal}"

    def _ground(self, ground: Ground) -> str:
        if isinstance(ground, Samtykkegrundlag):
            return f" på borgerens samtykke. {self._consent(ground)}"
        if isinstance(ground, Hjemmelsgrundlag):
            return f" uden samtykke efter {ground.paragraf}.{self._basis(ground.paragraf)}"
        return ": afsender og modtager er den samme part, så intet går fra en part til en anden."

    def _consent(self, ground: Samtykkegrundlag) -> str:
        key = (ground.samtykke_id, ground.version, self.question.borger)
        own = (one for one in self.premises.consents if isinstance(one, Declaration))
        signed = next((one for one in own if (one.samtykke_id, one.version, one.borger) == key), None)
        form = f"erklæring {ground.samtykke_id}, version {ground.version}"
        who = _SIGNED.get(signed.underskriver.relation, "Borgeren") if signed else ""
        if ground.papir:
            form = f"{form} på papir, som en medarbejder har attesteret"
        begun = f"{who} har underskrevet {form}, {_moment(signed.afgivet)}" if signed else f"Det står i {form}"
        point = "Punktet med navngivne parter" if ground.punkt == NAVNGIVET else f"Dens punkt {ground.punkt}"
        if self.question.mode is Mode.NAMED:
            return f"{begun}. {point} nævner {self._name(self.question.til)}."
        fra, til = map(self._name, direction(self.question))
        when = POINTS.get(ground.punkt, "det")
        return f"{begun}. {point} gælder, når {when}, og nævner {fra}, {til} og disse oplysninger."

    def _basis(self, paragraf: str) -> str:
        found = stated_by(self.question, paragraf)
        said = f" Det står {found.ansvarlig} for, med begrundelsen »{found.begrundelse}«." if found else ""
        row = self._row(paragraf)
        return said if row is None else f" {row.tekst}{said}{_approval(row)}{self._review(paragraf)}"

    def _row(self, paragraf: str) -> Bestemmelse | None:
        """Return the row that held, as far as it can be told: an entry names the paragraph alone."""
        if self.register is None or not _is_instant(self.premises.now):
            return None
        return next((row for row in self.register.holding(self.premises.now) if row.paragraf == paragraf), None)

    def _review(self, paragraf: str) -> str:
        if self.register is None or paragraf not in self.register.gennemses:
            return ""
        kind = " Det er et værdispring." if paragraf in self.register.vaerdispring else ""
        due = _moment(self.premises.now, REVIEWED_WITHIN)
        return f"{kind} Databeskyttelsesrådgiveren skal gennemse afgørelsen senest {due}."

    def _name(self, party: str) -> str:
        return self.names.get(party, party)


def _approval(row: Bestemmelse) -> str:
    approved = f" Hjemlen er godkendt af {row.godkendt_af} den {_day(row.godkendt_den)}" if row.godkendt_den else ""
    return f"{approved} (kilde: {row.kilde})." if approved else ""


def _types(categories: Iterable[str]) -> str:
    titles = [type_in_words(one) for one in categories]
    return " og ".join([", ".join(titles[:-1]), titles[-1]]) if len(titles) > 1 else "".join(titles)


def _grouped(pairs: Iterable[tuple[Key, str]]) -> dict[Key, list[str]]:
    found: dict[Key, list[str]] = {}
    for key, category in pairs:
        found.setdefault(key, []).append(category)
    return found


def _is_instant(now: object) -> bool:
    return isinstance(now, datetime) and now.tzinfo is not None


def _moment(moment: datetime, later: timedelta = timedelta()) -> str:
    try:
        local = (moment + later).astimezone(COPENHAGEN)
    except OverflowError:  # within a day of the calendar's ends no clock in Denmark shows it
        return f"den {_day(moment)}"
    return f"den {_day(local)} kl. {local:%H.%M}"


def _day(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"
