"""The events of the casework, one module per area, named as the form or the message is."""

from schemas.haendelser.aftale import AftaleBekraeftet
from schemas.haendelser.beskaeftigelse import AktivitetRegistreret, CvOpdateret, SygemeldingRegistreret
from schemas.haendelser.bestilling import IndsatsBestilt
from schemas.haendelser.borgerforloeb import (
    BehovsvurderingAfsluttet,
    ForloebAfsluttet,
    KontaktOpnaaet,
    RaadgivningGivet,
)
from schemas.haendelser.epikrise import EpikriseModtaget
from schemas.haendelser.forberedelsesskema import ForberedelsesskemaUdfyldt
from schemas.haendelser.fremmoede import FravaerRegistreret, Tilbud
from schemas.haendelser.frist import FristOverskredet
from schemas.haendelser.genoptraening import GenoptraeningsplanModtaget
from schemas.haendelser.henvendelse import HenvendelseModtaget
from schemas.haendelser.henvisning import HenvisningModtaget
from schemas.haendelser.indlaeggelse import IndlaeggelseRegistreret, UdskrivningRegistreret
from schemas.haendelser.indsats import IndsatsAfsluttet, IndsatsStartet
from schemas.haendelser.indsatsplan import IndsatsplanOpdateret, Planraekke
from schemas.haendelser.journal import JournalnotatOprettet, OpgaveOprettet
from schemas.haendelser.kontaktperson import KontaktpersonTildelt
from schemas.haendelser.korrespondance import Besked, Bilag, KorrespondanceModtaget
from schemas.haendelser.kvittering import KvitteringModtaget
from schemas.haendelser.laegeattest import LaegeattestAnmodet, LaegeattestModtaget
from schemas.haendelser.moede import MoedeAfholdt, MoedeIndkaldt, ReferatUdsendt
from schemas.haendelser.netvaerkskort import NetvaerkskortOpdateret
from schemas.haendelser.observation import ObservationModtaget
from schemas.haendelser.progression import ProgressionMaalt
from schemas.haendelser.rehabilitering import BevillingGivet, IndstillingAfgivet
from schemas.haendelser.rettelse import OplysningRettet, OplysningTilbagekaldt
from schemas.haendelser.sagsoplysning import SagsoplysningAfgivet, SagsoplysningAnmodet
from schemas.haendelser.samarbejdsaftale import SamarbejdsaftaleOpdateret
from schemas.haendelser.samtykke import (
    SamtykkeAendret,
    SamtykkeAfgivet,
    SamtykkePunkt,
    SamtykkeTilbagekaldt,
    SamtykkeUdloebet,
)

__all__ = [
    "AftaleBekraeftet",
    "AktivitetRegistreret",
    "BehovsvurderingAfsluttet",
    "Besked",
    "BevillingGivet",
    "Bilag",
    "CvOpdateret",
    "EpikriseModtaget",
    "ForberedelsesskemaUdfyldt",
    "ForloebAfsluttet",
    "FravaerRegistreret",
    "FristOverskredet",
    "GenoptraeningsplanModtaget",
    "HenvendelseModtaget",
    "HenvisningModtaget",
    "IndlaeggelseRegistreret",
    "IndsatsAfsluttet",
    "IndsatsBestilt",
    "IndsatsStartet",
    "IndsatsplanOpdateret",
    "IndstillingAfgivet",
    "JournalnotatOprettet",
    "KontaktOpnaaet",
    "KontaktpersonTildelt",
    "KorrespondanceModtaget",
    "KvitteringModtaget",
    "LaegeattestAnmodet",
    "LaegeattestModtaget",
    "MoedeAfholdt",
    "MoedeIndkaldt",
    "NetvaerkskortOpdateret",
    "ObservationModtaget",
    "OpgaveOprettet",
    "OplysningRettet",
    "OplysningTilbagekaldt",
    "Planraekke",
    "ProgressionMaalt",
    "RaadgivningGivet",
    "ReferatUdsendt",
    "SagsoplysningAfgivet",
    "SagsoplysningAnmodet",
    "SamarbejdsaftaleOpdateret",
    "SamtykkeAendret",
    "SamtykkeAfgivet",
    "SamtykkePunkt",
    "SamtykkeTilbagekaldt",
    "SamtykkeUdloebet",
    "SygemeldingRegistreret",
    "Tilbud",
    "UdskrivningRegistreret",
]
