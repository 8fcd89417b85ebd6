"""Which categories stand under which heading of the municipality's own forms: the table that a DPO reviews.

The headings are those of the guide to integrated efforts (000: plan and preparation forms), the outreach casework (001:
screening, network card, cooperation agreement) and the rehabilitation report (003: recommendation, wheels), as the form
writes them, questions included. A caption that says nothing by itself (name, date, from, to) is no heading. A field
under a heading carries at least these categories; it may carry more, where what it holds reveals more.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError

Oplysningstyper = frozenset[Type]


def _of(*typer: Type) -> Oplysningstyper:
    return frozenset(typer)


_FAGLIGE = _of(Type.FAGLIGE_KOMPETENCER)
_OENSKER = _of(Type.MOTIVATION_OENSKER)
_HELBRED = _of(Type.HELBRED)
_HELBRED_MISBRUG = _of(Type.HELBRED, Type.MISBRUG)
_NETVAERK = _of(Type.NETVAERK_FAMILIE)
_SOCIALE = _of(Type.OEKONOMI, Type.BOLIG, Type.NETVAERK_FAMILIE)
_YDELSER = _of(Type.YDELSER_TILBUD)
_YDELSER_HELBRED = _of(Type.YDELSER_TILBUD, Type.HELBRED)
_PLAN = _of(Type.PLAN)
_PLAN_PROGRESSION = _of(Type.PLAN, Type.PROGRESSION)
_PLAN_SAG = _of(Type.PLAN, Type.SAGSFORLOEB)
_SAG = _of(Type.SAGSFORLOEB)
_STAMDATA = _of(Type.STAMDATA)
_KONTAKT = _of(Type.KONTAKTPERSONER)

OVERSKRIFTER: Final[Mapping[str, Oplysningstyper]] = MappingProxyType(
    {
        # 000, 1.4: the joint action and follow-up plan
        "Overordnet mål om beskæftigelse og/eller uddannelse": _PLAN,
        "Forandringsområder": _PLAN,
        "Delmål": _PLAN,
        "Indsatser/Aftaler": _PLAN,
        "Hvornår og hvordan følges der op?": _PLAN,
        "Er målene nået?": _PLAN,
        "Faglige kompetencer": _FAGLIGE,
        "Helbred": _HELBRED,
        "Misbrug": _of(Type.MISBRUG),
        "Netværk og familie": _NETVAERK,
        "Bolig og økonomi": _of(Type.BOLIG, Type.OEKONOMI),
        # 000, 1.5.1: the short preparation form
        "Begrundelse for behovet for tværfaglig koordinering": _SAG,
        "Motivation og ønsker til fremtiden": _OENSKER,
        "Helbred, herunder evt. misbrug": _HELBRED_MISBRUG,
        "Sociale forhold": _SOCIALE,
        "Ydelser og tilbud": _YDELSER,
        "Borgerens kommentarer": _of(Type.BORGERENS_KOMMENTARER),
        "Borgerens samtykke": _SAG,
        # 000, 1.5.2: the long preparation form with annexes
        "Kommunen": _KONTAKT,
        "Kort resume af sagen": _of(Type.SAGSFORLOEB, Type.MOTIVATION_OENSKER, Type.YDELSER_TILBUD),
        "Job og uddannelse": _FAGLIGE | _OENSKER,
        "Joberfaringer": _FAGLIGE,
        "Hvad er det seneste job, du har haft?": _FAGLIGE,
        "Årsag til ophør i det seneste job": _FAGLIGE | _HELBRED,
        "Hvilke gode og mindre gode erfaringer har du fra dine tidligere job?": _FAGLIGE,
        "Uddannelse": _FAGLIGE,
        "Hvilken uddannelse har du?": _FAGLIGE,
        "Hvilke gode og mindre gode erfaringer har du med at uddanne dig?": _FAGLIGE,
        "Ønsker for fremtiden": _OENSKER,
        "Risiko for afskedigelse som følge af sygemelding": _OENSKER | _HELBRED,
        "Hvordan ser du din fremtid på arbejdsmarkedet?": _OENSKER,
        "Hvilken konkret type job kunne du tænke dig?": _OENSKER,
        "Hvilken uddannelse kunne du tænke dig at tage?": _OENSKER,
        "Styrker": _FAGLIGE | _OENSKER | _NETVAERK,
        "Hvilke af dine personlige styrker kan hjælpe dig?": _FAGLIGE | _OENSKER,
        "Hvilke personer i din familie eller omgangskreds kan hjælpe dig?": _NETVAERK,
        "Hvilke fritidsinteresser har du?": _FAGLIGE | _NETVAERK,
        "Sociale barrierer for job og uddannelse": _SOCIALE | _of(Type.MISBRUG),
        "Er der forhold i dit liv, der gør det svært at få opfyldt dine ønsker?": _SOCIALE | _of(Type.MISBRUG),
        "Hvad tror du kan bidrage til, at problemerne bliver mindre?": _SOCIALE | _of(Type.MISBRUG),
        "Egen vurdering af helbred": _HELBRED,
        "Hvordan ser du dit eget helbred?": _HELBRED,
        "Er du i gang med undersøgelse eller behandling?": _HELBRED_MISBRUG,
        "Arbejdsskadesag eller ulykkesforsikringssag": _HELBRED,
        "Hvilken arbejdsskadesag eller ulykkesforsikringssag": _HELBRED,
        "Tilbud fra kommunen": _YDELSER,
        "Hvad har været godt ved de tilbud, kommunen har givet dig?": _YDELSER,
        "Hvilken type tilbud, tror du, vil kunne hjælpe dig i retning af job eller uddannelse?": _YDELSER | _OENSKER,
        "Hvilke årsager er der til, at den hidtidige indsats ikke har været tilstrækkelig?": _YDELSER,
        "Samtykke": _SAG,
        "Kommentarer": _of(Type.BORGERENS_KOMMENTARER),
        # 000, 1.5.2, annexes A to E
        "CV": _FAGLIGE,
        "Personlig beskrivelse": _FAGLIGE,
        "Erhvervserfaring": _FAGLIGE,
        "Stillingsbetegnelse og jobindhold": _FAGLIGE,
        "Årsag til ophør": _FAGLIGE | _HELBRED,
        "Uddannelse og efteruddannelse": _FAGLIGE,
        "Begrundelse, hvis uddannelsesforløbet er afbrudt": _FAGLIGE | _HELBRED,
        "Anden erfaring": _FAGLIGE,
        "Sprog": _FAGLIGE,
        "Kørekort": _FAGLIGE,
        "Dokumentation på ansættelse på særlige vilkår": _FAGLIGE | _HELBRED,
        "Helbredsoplysninger": _HELBRED,
        "Lægeattester mv.": _HELBRED,
        "LÆ-nummer": _HELBRED,
        "Konklusion på attest": _HELBRED,
        "Forsørgelseshistorik": _YDELSER,
        "Ydelse": _YDELSER,
        "Eventuelle yderligere oplysninger om forsørgelseshistorik": _YDELSER,
        "Tilbud efter lov om en aktiv beskæftigelsesindsats": _YDELSER,
        "Beskæftigelsesrettet tilbud": _YDELSER,
        "§ i LAB": _YDELSER,
        "Begrundelse for valg af tilbud": _YDELSER,
        "Konkrete arbejdsfunktioner": _YDELSER,
        "Indhold og erfaringer": _YDELSER,
        "Skånehensyn": _HELBRED,
        "Særlig støtte/mentor/hjælpemidler": _YDELSER_HELBRED,
        "Bidrag til udvikling af arbejdsevnen": _YDELSER_HELBRED,
        "Er mål og delmål nået": _YDELSER,
        "Aftalte timer": _YDELSER,
        "Fremmødte timer": _of(Type.FREMMOEDE),
        "Sociale tilbud": _YDELSER,
        "Sundhedstilbud": _YDELSER_HELBRED,
        "Andre tilbud": _YDELSER,
        "Foranstaltninger vedr. børn": _YDELSER | _of(Type.BOERN),
        # 000, 1.5.3: the long preparation form without annexes
        "Rådgiver og borgers kontaktoplysninger": _KONTAKT | _STAMDATA,
        "Egen læge": _KONTAKT,
        "Begrundelse for fremlæggelsen af sagen på tværfagligt møde": _SAG,
        "Social baggrund og forsørgelse": _of(Type.NETVAERK_FAMILIE, Type.OEKONOMI, Type.YDELSER_TILBUD),
        "Uddannelse og arbejdserfaring": _FAGLIGE,
        "Helbredsmæssig situation": _HELBRED_MISBRUG,
        "Seneste arbejdsmarkedsrettede foranstaltninger og resultater": _YDELSER_HELBRED,
        "Verserer der en arbejdsskadesag?": _HELBRED,
        "Arbejdsperspektiv": _FAGLIGE | _OENSKER | _YDELSER,
        "Arbejdshistorik": _FAGLIGE | _HELBRED,
        "Hvor har du været ansat?": _FAGLIGE | _HELBRED,
        "Erhvervsrettede foranstaltninger": _YDELSER_HELBRED,
        "Har du deltaget i aktivering, virksomhedspraktik, kurser mv. iværksat af jobcenteret?": _YDELSER_HELBRED,
        "Ønsker for fremtiden uddannelse og arbejdsmæssigt": _OENSKER,
        "Hvilken type jobs eller eventuel uddannelse kunne du tænke dig?": _OENSKER,
        "Økonomi og boligforhold": _of(Type.OEKONOMI, Type.BOLIG),
        "Hvordan ser din økonomiske situation ud?": _of(Type.OEKONOMI),
        "Beskriv din boligsituation": _of(Type.BOLIG),
        "Sociale relationer og netværk": _NETVAERK,
        "Har du kontakt til familie og venner?": _NETVAERK,
        "Får du hjælp og støtte fra familie eller venner?": _NETVAERK,
        "Sociale kompetencer": _FAGLIGE | _NETVAERK,
        "Hvordan fungerer du i nye sammenhænge?": _FAGLIGE | _NETVAERK,
        "Er der forskel på nu og tidligere?": _FAGLIGE | _NETVAERK,
        "Dagligdag og interesser": _FAGLIGE | _NETVAERK,
        "Beskriv din dagligdag": _NETVAERK,
        "Relevante sociale foranstaltninger": _YDELSER,
        "Beskriv din egen helbredsmæssige situation": _HELBRED_MISBRUG,
        "Relevante lægefaglige oplysninger i sagen": _HELBRED_MISBRUG,
        "Behandlingsindsats": _HELBRED_MISBRUG,
        "Hvilken behandling har du været igennem?": _HELBRED_MISBRUG,
        "Helbredets betydning for arbejdsevnen": _HELBRED_MISBRUG,
        "Hvordan påvirker dit helbred din evne til at arbejde?": _HELBRED_MISBRUG,
        "Hvad mener du vil kunne forbedre din evne til at arbejde?": _HELBRED_MISBRUG,
        # 001, section 2: the screening form
        "Kategori 1": _of(Type.SAGSFORLOEB, Type.FREMMOEDE),
        "Manglende kontakt til uddannelse, arbejde, offentlige myndigheder mv.": _of(Type.SAGSFORLOEB, Type.FREMMOEDE),
        "Alvorlige økonomiske problemer": _of(Type.OEKONOMI),
        "Isolationsproblemer": _NETVAERK,
        "Boligproblemer": _of(Type.BOLIG),
        "Modtager ikke nødvendige behandlings- og støttetilbud": _HELBRED,
        "Kriminalitet": _of(Type.STRAFBARE_FORHOLD),
        "Hvem henviser": _SAG,
        # 001, section 6: the network card
        "Mine oplysninger": _STAMDATA,
        "Brug for tolkning?": _STAMDATA,
        "Fuld samtykke": _SAG,
        "Hvem er den Fremskudte Sagsbehandler?": _KONTAKT,
        "Ressourcepersoner i det private netværk": _NETVAERK | _of(Type.BOERN),
        "Beskæftigelse": _FAGLIGE | _YDELSER,
        "Uddannelsessted": _FAGLIGE,
        "Bolig": _of(Type.BOLIG),
        "Hverdagen i hjemmet": _YDELSER_HELBRED | _NETVAERK | _of(Type.BOERN),
        "Sundhed og behandling": _HELBRED_MISBRUG,
        "Socialforvaltning": _YDELSER_HELBRED | _of(Type.OEKONOMI, Type.MISBRUG, Type.BOERN),
        "Kriminalforsorgen": _of(Type.STRAFBARE_FORHOLD),
        "Tolk(e)": _STAMDATA,
        # 001, section 6: the cooperation agreement
        "Hvad er borgerens aktuelle situation?": _PLAN,
        "Hvilke mål er der for de næste tre måneder?": _PLAN | _OENSKER,
        "Hvilke eventuelle udfordringer er der for at nå disse mål?": _PLAN,
        "Hvad kan gøre det lettere at overkomme udfordringerne og nå målet?": _PLAN,
        "Handlinger/aftaler (borger)": _PLAN,
        "Handlinger/aftaler (FS)": _PLAN,
        "Opfølgningsdato": _PLAN,
        "Er målet nået?": _PLAN_PROGRESSION,
        "Hvad er gået godt?": _PLAN_PROGRESSION,
        "Hvad er gået mindre godt?": _PLAN_PROGRESSION,
        "Koordinering": _PLAN_SAG,
        "Myndighedsopgaver": _PLAN_SAG | _YDELSER,
        "Andre opgaver": _PLAN_SAG,
        "Er der behov for nye mål?": _PLAN,
        # 003: the recommendation and the wheels; the wheel's areas are a picture there, and ours are the plan's
        "Hovedmål": _PLAN,
        "Udviklingshjul": _of(Type.PROGRESSION),
        "Delmålshjul": _of(Type.PROGRESSION),
        "Borgers selvvaluerede helbred": _of(Type.PROGRESSION, Type.HELBRED),
        "Borgers selvvaluerede sociale funktionsevne": _of(Type.PROGRESSION, Type.HELBRED, Type.NETVAERK_FAMILIE),
        "Tiltro til egne muligheder på arbejdsmarkedet": _of(Type.PROGRESSION, Type.MOTIVATION_OENSKER),
        # The categories that no form divides by, under the plan's own words
        "Motivation og ønsker": _OENSKER,
        "Børn": _of(Type.BOERN),
        "Strafbare forhold": _of(Type.STRAFBARE_FORHOLD),
    }
)


def categories_of(heading: str) -> Oplysningstyper:
    """Return the categories of what stands under a heading, written as the form writes it.

    Raises:
        SchemaError: no form that we know has this heading, so nobody has said what may stand under it.
    """
    try:
        return OVERSKRIFTER[heading]
    except KeyError:
        raise SchemaError("no form has this heading", "overskrift") from None
