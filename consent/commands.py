"""Commands about samtykker: decide worked cases and verify documents off line; register and withdraw at the service."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from consent.calling import Caller
from consent.cases import answer, mismatches, read_cases
from consent.document import DocumentRefused, SignedContent, read_document
from consent.terminal import Json, ask_cpr, console, show_fields, show_json, show_table, words

app = typer.Typer(no_args_is_help=True, help="Samtykker: what may cross.")

REGISTRAR = "role_registrar"
"""Whose token these commands use."""

Document = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, show_default=False)]


@app.command()
def decide(
    file: Document,
    json_lines: Annotated[bool, typer.Option("--json", help="JSON, which this command prints in any case.")] = False,  # noqa: ARG001 - as every command takes it
) -> None:
    """Put worked cases to the rules: a JSON line per case; exit status 1 if one is not answered as it expects."""
    different = False
    for case in read_cases(file.read_bytes()):
        given = answer(case)
        show_json(given)
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
    as_json: Json = False,
) -> None:
    """Verify a signed samtykke off line: who signed, when they say they did, and exactly what.

    Whether that person may sign for the citizen is not in the document: the service knows.
    """
    from consent.signatures import AnchorsRefused, NotVerified, load_anchors, verify_xades

    caller: Caller = context.obj
    pinned = anchors or caller.data / "ankre.pem"
    if not pinned.is_file():
        raise AnchorsRefused("there are no trust anchors: name a PEM file with --anchors")
    verified = verify_xades(file.read_bytes(), load_anchors(pinned.read_bytes()), datetime.now(UTC))
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
    }
    _show_verified(who, content, as_json)


@app.command()
def add(context: typer.Context, file: Document, as_json: Json = False) -> None:
    """Register a signed samtykke document; what its citizen is waiting for is decided again."""
    headers = {"Content-Type": "application/xml"}
    _show_answer(_call(context, "POST", "", content=file.read_bytes(), headers=headers), as_json)


@app.command()
def revoke(context: typer.Context, samtykke_id: str, as_json: Json = False) -> None:
    """Withdraw a declaration; every copy that is not fetched yet is gone when this returns."""
    _show_answer(_call(context, "POST", "/tilbagekald", json={"samtykke_id": samtykke_id}), as_json)


@app.command()
def show(context: typer.Context, as_json: Json = False) -> None:
    """List a citizen's declarations; asks for the CPR number, and the look-up is logged."""
    found: list[dict[str, Any]] = _call(context, "POST", "/vis", json={"cpr": ask_cpr()})
    if as_json:
        show_json(found)
        return
    columns = ("samtykke", "version", "sag", "afgivet", "gyldig til", "tilbagekaldt", "omfang")
    show_table(columns, map(_declaration_row, found), "Borgeren har ingen erklæringer.")


@app.command()
def block(
    context: typer.Context,
    til: Annotated[list[str], typer.Option(help="Party, kind of party, or * for all; repeatable.")],
    oplysningstype: Annotated[list[str], typer.Option(help="Category, or * for all; repeatable.")],
    as_json: Json = False,
) -> None:
    """Record a citizen's block, which goes before every samtykke; asks for the CPR number."""
    wish = {"cpr": ask_cpr(), "til": til, "oplysningstyper": oplysningstype}
    _show_answer(_call(context, "POST", "/spaerringer", json=wish), as_json)


@app.command()
def signer(
    context: typer.Context,
    uuid: Annotated[str, typer.Option(help="The person's UUID in the certificate.")],
    relation: Annotated[str, typer.Option(help="borger, vaerge, foraeldremyndighed or fuldmagt.")],
    kilde: Annotated[str, typer.Option(help="How that is known: the register that says so.")],
    reference: Annotated[str, typer.Option(help="Its reference in that register, or the case.")],
    as_json: Json = False,
) -> None:
    """Record that whoever signs with a certificate is, or may sign for, a citizen; asks for the CPR number."""
    body = {"uuid": uuid, "cpr": ask_cpr(), "relation": relation, "kilde": kilde, "reference": reference}
    _show_answer(_call(context, "POST", "/underskrivere", json=body), as_json)


def _call(context: typer.Context, method: str, path: str, **request: Any) -> Any:
    caller: Caller = context.obj
    return caller.call(REGISTRAR, method, f"/v1/samtykker{path}", **request)


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
        return ("ulæselig", "", "", "", "", "", str(found["ulaeselig"]))
    names = ("samtykke_id", "version", "sag", "afgivet", "gyldig_til", "tilbagekaldt")
    return (*(str(found[name] or "-") for name in names), _scope(found))


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
