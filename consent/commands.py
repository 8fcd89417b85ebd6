"""Commands about samtykker: decide worked cases and verify documents off line; register and withdraw at the service."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from uuid import uuid4

import typer

from consent.calling import Caller
from consent.cases import answer, mismatches, read_cases
from consent.document import DocumentRefused, SignedContent, read_document
from consent.terminal import Begrundelse, Json, ask_cpr, console, show_fields, show_json, show_table, words

if TYPE_CHECKING:
    from consent.signatures import Trust

app = typer.Typer(no_args_is_help=True, help="Samtykker: what may cross.")

REGISTRAR = "role_registrar"
"""Whose token these commands use."""

Reference = Annotated[str, typer.Option(help="Where that is said: the register's reference, or the case.")]
Document = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, show_default=False)]


@app.command()
def decide(
    file: Document,
    explain: Annotated[bool, typer.Option("--explain", help="Say why, in plain Danish; with --json as well.")] = False,
    json_lines: Annotated[bool, typer.Option("--json", help="JSON, as without --explain in any case.")] = False,
) -> None:
    """Put worked cases to the rules: a JSON line per case; exit status 1 if one is not answered as it expects."""
    from consent.explain_commands import show_explained

    different = False
    for case in read_cases(file.read_bytes()):
        given = answer(case)
        show_explained(case, given, json_lines) if explain else show_json(given)
        for line in mismatches(case, given):
            different = True
            typer.secho(f"tvaers: {case.name}: {line}", fg=typer.colors.RED, err=True)
    if different:
        raise typer.Exit(1)


@app.command()
def verify(
    context: typer.Context,
    file: Document,
    anchors: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="PEM file of trust anchors; else <data>/ankre.pem.")
    ] = None,
    timestamp_anchors: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The same for timestamps; else <data>/tidsstempelankre.pem."),
    ] = None,
    require_ocsp: Annotated[
        bool, typer.Option(help="Refuse a certificate that names an OCSP service and comes without its answer.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Verify a signed samtykke, XML or PDF, off line: who signed, when, and exactly what.

    Whether that person may sign for the citizen is not in the document: the service knows.
    """
    from consent.signatures import NotVerified, verify_signed

    caller: Caller = context.obj
    trust = _trust(
        anchors or caller.data / "ankre.pem",
        timestamp_anchors or caller.data / "tidsstempelankre.pem",
        ocsp_required=require_ocsp,
    )
    verified = verify_signed(file.read_bytes(), trust, datetime.now(UTC))
    if isinstance(verified, NotVerified):
        _not_verified(verified.reason.value, verified.where, as_json)
    try:
        content = read_document(verified.signed)
    except DocumentRefused as refused:
        _not_verified(refused.reason, refused.where, as_json)
    who = {
        "underskriver": verified.signer.uuid,
        "underskrevet": verified.signing_time.isoformat(),
        "certifikat": verified.signer.fingerprint,
        "algoritme": verified.algorithm,
        "form": verified.form,
        "niveau": verified.level,
        "bevist_tid": verified.proven_time.isoformat() if verified.proven_time else "",
        "bemaerkning": verified.remark,
    }
    _show_verified(who, content, as_json)


@app.command()
def add(
    context: typer.Context,
    file: Document,
    papir: Annotated[bool, typer.Option("--papir", help="The file is an attestation of a samtykke on paper.")] = False,
    as_json: Json = False,
) -> None:
    """Register a signed samtykke document; what its citizen is waiting for is decided again."""
    document = file.read_bytes()
    headers = {"Content-Type": "application/pdf" if document.startswith(b"%PDF-") else "application/xml"}
    _show_answer(_change(context, "/papir" if papir else "", content=document, headers=headers), as_json)


@app.command()
def revoke(context: typer.Context, samtykke_id: str, as_json: Json = False) -> None:
    """Withdraw a declaration; every copy that is not fetched yet is gone when this returns."""
    _show_answer(_change(context, "/tilbagekald", json={"samtykke_id": samtykke_id}), as_json)


@app.command()
def show(context: typer.Context, begrundelse: Begrundelse, as_json: Json = False) -> None:
    """List a citizen's declarations; asks for the CPR number, and the look-up is logged with the reason."""
    found: dict[str, Any] = _call(context, "/vis", json={"cpr": ask_cpr(), "begrundelse": begrundelse})
    if as_json:
        show_json(found)
        return
    columns = ("samtykke", "version", "form", "sag", "afgivet", "gyldig til", "tilbagekaldt", "omfang")
    show_table(columns, map(_declaration_row, found["samtykker"]), "Borgeren har ingen erklæringer.")
    if found["adressebeskyttet"]:
        console().print("Borgeren har navne- og adressebeskyttelse.")
    for one in found["afslag"]:
        console().print(f"Borgeren sagde nej den {one.get('dato', '?')} (sag {one.get('sag', '?')}).")


@app.command()
def block(
    context: typer.Context,
    til: Annotated[list[str], typer.Option(help="Party, kind of party, or * for all; repeatable.")],
    oplysningstype: Annotated[list[str], typer.Option(help="Category, or * for all; repeatable.")],
    as_json: Json = False,
) -> None:
    """Record a citizen's block, which goes before every samtykke; asks for the CPR number."""
    wish = {"cpr": ask_cpr(), "til": til, "oplysningstyper": oplysningstype}
    _show_answer(_change(context, "/spaerringer", json=wish), as_json)


@app.command()
def lift(context: typer.Context, samtykke_id: str, reference: Reference, as_json: Json = False) -> None:
    """Lift a block that was recorded on the citizen's word, on the citizen's word; asks for the CPR number."""
    wish = {"cpr": ask_cpr(), "samtykke_id": samtykke_id, "reference": reference}
    _show_answer(_change(context, "/spaerringer/ophaev", json=wish), as_json)


@app.command()
def refuse(
    context: typer.Context,
    sag: Annotated[str, typer.Option(help="The case that was asked about.")],
    formaal: Annotated[str, typer.Option(help="The purpose that was asked about.")],
    part: Annotated[list[str], typer.Option(help="A party that was asked about; repeatable.")],
    oplysningstype: Annotated[list[str], typer.Option(help="A category that was asked about; repeatable.")],
    oplyst_af: Annotated[str, typer.Option(help="Who told the citizen what refusing means.")],
    dato: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day on which the citizen said no.")],
    as_json: Json = False,
) -> None:
    """Record that the citizen, told of the consequences, said no; asks for the CPR number."""
    no = {
        "cpr": ask_cpr(),
        "sag": sag,
        "formaal": formaal,
        "parter": part,
        "oplysningstyper": oplysningstype,
        "dato": dato.date().isoformat(),
        "konsekvenser_oplyst": True,
        "oplyst_af": oplyst_af,
    }
    _show_answer(_change(context, "/afslag", json=no), as_json)


@app.command()
def address(
    context: typer.Context,
    reference: Reference,
    protected: Annotated[bool, typer.Option("--protected/--ended", help="Whether the protection holds.")],
    as_json: Json = False,
) -> None:
    """Record that a citizen's address is protected, or is so no longer; asks for the CPR number."""
    body = {"cpr": ask_cpr(), "beskyttet": protected, "reference": reference}
    _show_answer(_change(context, "/adressebeskyttelse", json=body), as_json)


@app.command()
def signer(
    context: typer.Context,
    uuid: Annotated[str, typer.Option(help="The person's UUID in the certificate.")],
    relation: Annotated[str, typer.Option(help="borger, vaerge, foraeldremyndighed or fuldmagt.")],
    kilde: Annotated[str, typer.Option(help="How that is known: the register that says so.")],
    reference: Reference,
    fra: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day.")] = None,
    til: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day; else in a year.")] = None,
    as_json: Json = False,
) -> None:
    """Record that whoever signs with a certificate is, or may sign for, a citizen; asks for the CPR number."""
    body = {"uuid": uuid, "cpr": ask_cpr(), "relation": relation, "kilde": kilde, "reference": reference}
    days = {
        "gyldig_fra": fra.date().isoformat() if fra else None,
        "gyldig_til": til.date().isoformat() if til else None,
    }
    _show_answer(_change(context, "/underskrivere", json={**body, **days}), as_json)


@app.command()
def reject(
    context: typer.Context,
    uuid: Annotated[str, typer.Option(help="The person's UUID in the certificate.")],
    reference: Reference,
    as_json: Json = False,
) -> None:
    """Record that a signer's record is bad: what rests on it is taken back; asks for the CPR number."""
    body = {"uuid": uuid, "cpr": ask_cpr(), "reference": reference}
    _show_answer(_change(context, "/underskrivere/forkast", json=body), as_json)


def _change(context: typer.Context, path: str, **request: Any) -> Any:
    """Call once, however often the call is tried while the process is away."""
    headers = {**request.pop("headers", {}), "Idempotency-Key": str(uuid4())}
    return _call(context, path, headers=headers, **request)


def _call(context: typer.Context, path: str, **request: Any) -> Any:
    caller: Caller = context.obj
    return caller.call(REGISTRAR, "POST", f"/v1/samtykker{path}", **request)


def _trust(signers: Path, timestampers: Path, *, ocsp_required: bool) -> "Trust":
    from consent.signatures import AnchorsRefused, Trust, load_anchors

    if not signers.is_file():
        raise AnchorsRefused("there are no trust anchors: name a PEM file with --anchors")
    stamping = load_anchors(timestampers.read_bytes()) if timestampers.is_file() else ()
    return Trust(load_anchors(signers.read_bytes()), stamping, ocsp_required=ocsp_required)


def _not_verified(reason: str, where: str, as_json: bool) -> NoReturn:
    if as_json:
        show_json({"verified": False, "reason": reason, "where": where})
    typer.secho(f"tvaers: not verified: {reason} ({where})", fg=typer.colors.RED, err=True)
    raise typer.Exit(1)


def _show_verified(who: dict[str, str], content: SignedContent, as_json: bool) -> None:
    if as_json:
        declaration = {name: value for name, value in content.declaration.items() if name != "borger"}
        show_json({"verified": True, **who, "erklaering": declaration, "tekst_hash": content.text_hash})
        return
    show_fields({"verified": True, **who})
    console().print(f"\n{content.text}")


def _show_answer(answered: dict[str, Any], as_json: bool) -> None:
    show_json(answered) if as_json else show_fields({**answered, "punkter": _scope(answered)})


def _declaration_row(found: dict[str, Any]) -> tuple[str, ...]:
    if "ulaeselig" in found:
        return ("ulæselig", "", "", "", "", "", "", str(found["ulaeselig"]))
    names = ("samtykke_id", "version", "form", "sag", "afgivet", "gyldig_til", "tilbagekaldt")
    lifted = f"\nophævet {found['ophaevet']}" if found["ophaevet"] else ""
    return (*(str(found[name] or "-") for name in names), _scope(found) + lifted)


def _scope(found: dict[str, Any]) -> str:
    """Write points and blocks as lines."""
    points = [
        f"{one['punkt']}: {words(one['fra'])} → {words(one['til'])}: {words(one['oplysningstyper'])}"
        for one in found.get("punkter", [])
    ]
    blocks = [
        f"spærret for {words(one['til'])}: {words(one['oplysningstyper'])}" for one in found.get("spaerringer", [])
    ]
    return "\n".join([*points, *blocks])
