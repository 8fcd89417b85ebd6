"""The events of the casework, one module per area, named as the form or the message is."""

from schemas.haendelser.fremmoede import FravaerRegistreret, Tilbud
from schemas.haendelser.indsatsplan import IndsatsplanOpdateret, Planraekke
from schemas.haendelser.kontaktperson import KontaktpersonTildelt
from schemas.haendelser.korrespondance import Besked, Bilag, KorrespondanceModtaget
from schemas.haendelser.laegeattest import LaegeattestAnmodet
from schemas.haendelser.samtykke import SamtykkeAfgivet, SamtykkePunkt, SamtykkeTilbagekaldt

__all__ = [
    "Besked",
    "Bilag",
    "FravaerRegistreret",
    "IndsatsplanOpdateret",
    "KontaktpersonTildelt",
    "KorrespondanceModtaget",
    "LaegeattestAnmodet",
    "Planraekke",
    "SamtykkeAfgivet",
    "SamtykkePunkt",
    "SamtykkeTilbagekaldt",
    "Tilbud",
]
