"""The questions of the three preparation forms (000, section 1.5), one field each, under the words of the form.

Where two forms ask the same, they share the field; it then carries the categories of the stricter of the two boxes.
"""

from datetime import date

from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt


class Svar(Value):
    """An answer, which each question of the forms dates by itself."""

    svar: Tekst = felt("Svar", "Svaret, som det er skrevet")
    dato: date | None = felt("Dato", "Hvornår der blev svaret", default=None)


def _svar(titel: str, beskrivelse: str, *typer: Type, erklaeret: bool = False) -> Svar | None:
    answer: Svar | None = felt(titel, beskrivelse, *typer, erklaeret=erklaeret, default=None)
    return answer


class Spoergsmaal(Haendelse):
    """All that the forms ask. What the form's box does not divide carries all the headings that stand over it."""

    # Eksempel 1, points 2 to 6
    faglige_kompetencer: Svar | None = _svar(
        "Faglige kompetencer", "Erfaringer, uddannelser, arbejdsmarkedshistorik, interesser", Type.FAGLIGE_KOMPETENCER
    )
    motivation_oensker: Svar | None = _svar(
        "Motivation og ønsker til fremtiden", "Hvad borgeren vil", Type.MOTIVATION_OENSKER
    )
    helbred: Svar | None = _svar(
        "Helbred, herunder evt. misbrug", "Diagnoser, behandling og vurderinger", Type.HELBRED, Type.MISBRUG
    )
    sociale_forhold: Svar | None = _svar(
        "Sociale forhold",
        "Økonomi, bolig, netværk, sociale kompetencer, dagligdag",
        Type.OEKONOMI,
        Type.BOLIG,
        Type.NETVAERK_FAMILIE,
        erklaeret=True,
    )
    ydelser_tilbud: Svar | None = _svar(
        "Ydelser og tilbud",
        "Forsørgelseshistorik, tilbud, relevante sociale foranstaltninger",
        Type.YDELSER_TILBUD,
        erklaeret=True,
    )

    # Eksempel 2, points 2 and 3; Eksempel 3, 1) Arbejdsperspektiv
    seneste_job: Svar | None = _svar(
        "Hvad er det seneste job, du har haft?", "Job, funktioner og erfaringer", Type.FAGLIGE_KOMPETENCER
    )
    seneste_job_ophoer: Svar | None = _svar(
        "Årsag til ophør i det seneste job",
        "Hvorfor det ophørte, og hvad der kunne have hindret det",
        Type.FAGLIGE_KOMPETENCER,
        Type.HELBRED,
    )
    ansaettelser: Svar | None = _svar(
        "Hvor har du været ansat?",
        "Periode, evt. årsag til ophør, arbejdsfunktioner og timetal",
        Type.FAGLIGE_KOMPETENCER,
        Type.HELBRED,
    )
    job_erfaringer: Svar | None = _svar(
        "Hvilke gode og mindre gode erfaringer har du fra dine tidligere job?",
        "Styrker, mangler, og hvad der kunne ændre det",
        Type.FAGLIGE_KOMPETENCER,
    )
    uddannelse: Svar | None = _svar(
        "Hvilken uddannelse har du?", "Uddannelser og hvad de er brugt til", Type.FAGLIGE_KOMPETENCER
    )
    uddannelse_erfaringer: Svar | None = _svar(
        "Hvilke gode og mindre gode erfaringer har du med at uddanne dig?",
        "Styrker, mangler, og hvad der kunne have ændret det",
        Type.FAGLIGE_KOMPETENCER,
    )
    uddannelse_arbejdserfaring: Svar | None = _svar(
        "Uddannelse og arbejdserfaring", "Kort resume af uddannelse og job", Type.FAGLIGE_KOMPETENCER
    )

    # Eksempel 2, point 4; Eksempel 3, Ønsker for fremtiden
    afskedigelse: Svar | None = _svar(
        "Risiko for afskedigelse som følge af sygemelding",
        "Borgerens egen vurdering, hvis borgeren er sygemeldt fra et arbejde",
        Type.MOTIVATION_OENSKER,
        Type.HELBRED,
    )
    fremtid: Svar | None = _svar(
        "Hvordan ser du din fremtid på arbejdsmarkedet?", "Ønsker og hvad der skal til", Type.MOTIVATION_OENSKER
    )
    joboenske: Svar | None = _svar(
        "Hvilken konkret type job kunne du tænke dig?", "Job, evt. i prioriteret rækkefølge", Type.MOTIVATION_OENSKER
    )
    uddannelsesoenske: Svar | None = _svar(
        "Hvilken uddannelse kunne du tænke dig at tage?", "Uddannelse og hvad der hindrer den", Type.MOTIVATION_OENSKER
    )
    job_eller_uddannelse: Svar | None = _svar(
        "Hvilken type jobs eller eventuel uddannelse kunne du tænke dig?", "Borgerens ønske", Type.MOTIVATION_OENSKER
    )

    # Eksempel 2, point 5
    styrker: Svar | None = _svar(
        "Hvilke af dine personlige styrker kan hjælpe dig?",
        "Mindst tre styrker: praktiske, personlige, sociale, erfaringer",
        Type.FAGLIGE_KOMPETENCER,
        Type.MOTIVATION_OENSKER,
    )
    stoettepersoner: Svar | None = _svar(
        "Hvilke personer i din familie eller omgangskreds kan hjælpe dig?",
        "Hvem, hvordan, og hvad der skal til",
        Type.NETVAERK_FAMILIE,
    )
    fritidsinteresser: Svar | None = _svar(
        "Hvilke fritidsinteresser har du?",
        "Interesser nu og før, og hvad de har givet",
        Type.FAGLIGE_KOMPETENCER,
        Type.NETVAERK_FAMILIE,
    )

    # Eksempel 2, point 6; Eksempel 3, 2) Sociale forhold
    barrierer: Svar | None = _svar(
        "Er der forhold i dit liv, der gør det svært at få opfyldt dine ønsker?",
        "For eksempel bolig, økonomi, ensomhed, misbrug, familieproblemer, konflikter",
        *(Type.BOLIG, Type.OEKONOMI, Type.NETVAERK_FAMILIE, Type.MISBRUG),
        erklaeret=True,
    )
    barrierer_mindre: Svar | None = _svar(
        "Hvad tror du kan bidrage til, at problemerne bliver mindre?",
        "Konkrete tiltag, og hvad borgeren selv kan gøre",
        *(Type.BOLIG, Type.OEKONOMI, Type.NETVAERK_FAMILIE, Type.MISBRUG),
        erklaeret=True,
    )
    social_baggrund: Svar | None = _svar(
        "Social baggrund og forsørgelse",
        "Baggrund og forsørgelseshistorik",
        *(Type.NETVAERK_FAMILIE, Type.OEKONOMI, Type.YDELSER_TILBUD),
        erklaeret=True,
    )
    oekonomi: Svar | None = _svar("Hvordan ser din økonomiske situation ud?", "Borgerens økonomi", Type.OEKONOMI)
    bolig: Svar | None = _svar("Beskriv din boligsituation", "Borgerens bolig", Type.BOLIG)
    familie_venner: Svar | None = _svar(
        "Har du kontakt til familie og venner?", "Sociale relationer og netværk", Type.NETVAERK_FAMILIE
    )
    stoette: Svar | None = _svar(
        "Får du hjælp og støtte fra familie eller venner?", "Støtte, når der er behov for den", Type.NETVAERK_FAMILIE
    )
    nye_sammenhaenge: Svar | None = _svar(
        "Hvordan fungerer du i nye sammenhænge?",
        "Nye arbejdsopgaver og nye mennesker",
        *(Type.FAGLIGE_KOMPETENCER, Type.NETVAERK_FAMILIE),
        erklaeret=True,
    )
    nu_og_tidligere: Svar | None = _svar(
        "Er der forskel på nu og tidligere?",
        "Hvordan borgeren har fungeret med kolleger og ledelse",
        *(Type.FAGLIGE_KOMPETENCER, Type.NETVAERK_FAMILIE),
        erklaeret=True,
    )
    dagligdag: Svar | None = _svar(
        "Beskriv din dagligdag",
        "Praktiske opgaver, transport, indkøb, samvær, aktiviteter",
        Type.NETVAERK_FAMILIE,
        erklaeret=True,
    )

    # Eksempel 2, points 7 and 8; Eksempel 3, 3) Helbred, where the box says "herunder eventuelt misbrug"
    eget_helbred: Svar | None = _svar(
        "Hvordan ser du dit eget helbred?", "Fysisk som psykisk; godt, mindre godt, og egen indsats", Type.HELBRED
    )
    egen_helbredssituation: Svar | None = _svar(
        "Beskriv din egen helbredsmæssige situation", "Herunder eventuelt misbrug", Type.HELBRED, Type.MISBRUG
    )
    helbredsmaessig_situation: Svar | None = _svar(
        "Helbredsmæssig situation", "Diagnose, behandling, forløbsbeskrivelse", Type.HELBRED, Type.MISBRUG
    )
    laegefaglige_oplysninger: Svar | None = _svar(
        "Relevante lægefaglige oplysninger i sagen",
        "Sagsbehandlerens redegørelse: diagnoser, medicin og vurderinger",
        *(Type.HELBRED, Type.MISBRUG),
    )
    helbred_arbejdsevne: Svar | None = _svar(
        "Hvordan påvirker dit helbred din evne til at arbejde?",
        "Helbredets betydning for at arbejde eller uddanne sig",
        *(Type.HELBRED, Type.MISBRUG),
    )
    arbejdsevne_forbedring: Svar | None = _svar(
        "Hvad mener du vil kunne forbedre din evne til at arbejde?",
        "Borgerens forslag",
        *(Type.HELBRED, Type.MISBRUG),
    )
    behandling: Svar | None = _svar(
        "Hvilken behandling har du været igennem?", "Hidtidig behandling", Type.HELBRED, Type.MISBRUG
    )
    igangvaerende_behandling: Svar | None = _svar(
        "Er du i gang med undersøgelse eller behandling?",
        "Hvilken, eller hvad borgeren venter på, og hvad den ventes at betyde",
        *(Type.HELBRED, Type.MISBRUG),
    )
    arbejdsskadesag: bool | None = felt(
        "Arbejdsskadesag eller ulykkesforsikringssag", "Om der verserer en sag", Type.HELBRED, default=None
    )
    arbejdsskadesag_hvilken: Tekst | None = felt(
        "Hvilken arbejdsskadesag eller ulykkesforsikringssag", "Sagens art", Type.HELBRED, default=None
    )

    # Eksempel 2, point 9; Eksempel 3, Uddybende oplysninger og Erhvervsrettede foranstaltninger
    seneste_foranstaltninger: Svar | None = _svar(
        "Seneste arbejdsmarkedsrettede foranstaltninger og resultater",
        "Ressourcer, udviklingsmuligheder, eventuel arbejdsevnenedsættelse",
        *(Type.YDELSER_TILBUD, Type.HELBRED),
    )
    erhvervsrettede_foranstaltninger: Svar | None = _svar(
        "Har du deltaget i aktivering, virksomhedspraktik, kurser mv. iværksat af jobcenteret?",
        "Periode, årsag til ophør, arbejdsfunktioner, timetal og resultat",
        *(Type.YDELSER_TILBUD, Type.HELBRED),
    )
    tilbud_erfaringer: Svar | None = _svar(
        "Hvad har været godt ved de tilbud, kommunen har givet dig?",
        "Godt og mindre godt, erfaringer, og hvordan de kan bruges",
        Type.YDELSER_TILBUD,
        erklaeret=True,
    )
    tilbud_oensker: Svar | None = _svar(
        "Hvilken type tilbud, tror du, vil kunne hjælpe dig i retning af job eller uddannelse?",
        "Hvordan, hvad der skal til, og borgerens mål",
        *(Type.YDELSER_TILBUD, Type.MOTIVATION_OENSKER),
        erklaeret=True,
    )
    indsats_utilstraekkelig: Svar | None = _svar(
        "Hvilke årsager er der til, at den hidtidige indsats ikke har været tilstrækkelig?",
        "Hvorfor borgeren ikke er i ordinær beskæftigelse eller uddannelse",
        Type.YDELSER_TILBUD,
        erklaeret=True,
    )
    sociale_foranstaltninger: Svar | None = _svar(
        "Relevante sociale foranstaltninger",
        "For eksempel ved familieafdelingen, socialafdelingen, psykiatrien",
        Type.YDELSER_TILBUD,
        erklaeret=True,
    )
