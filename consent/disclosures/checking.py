"""Commands for those outside who hold the log to its word: verify it, and witness it. They need nothing of ours."""

import contextlib
import socket
from pathlib import Path
from typing import Annotated

import typer

from consent.disclosures import sources, verify
from consent.disclosures.merkle import VerificationError
from consent.terminal import Json, show_fields, show_json

Keys = Annotated[
    list[str],
    typer.Option("--key", help="The log's public key (`tvaers log key`), or a file that holds it; repeatable."),
]
Kept = Annotated[
    list[Path] | None, typer.Option(exists=True, dir_okay=False, help="A checkpoint that you kept; repeatable.")
]
Witnesses = Annotated[
    list[str] | None, typer.Option("--witness", help="Public key of a witness who must have cosigned; repeatable.")
]
Token = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="File of a token, where entries are not for everyone.")
]


def verify_log(
    key: Keys,
    directory: Annotated[Path | None, typer.Argument(metavar="[DIR]", exists=True, file_okay=False)] = None,
    tiles: Annotated[str | None, typer.Option(help="A log in C2SP tiles, anybody's: folder or address.")] = None,
    hashes: Annotated[bool, typer.Option("--hashes", help="Of a log in tiles: its tree alone, no entries.")] = False,
    checkpoint: Kept = None,
    witness: Witnesses = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Prove an exported log off line, or one in tiles; exit status 1, naming what is not as it was signed."""
    if (directory is None) == (tiles is None):
        raise typer.BadParameter("give the folder of an export, or --tiles")
    try:
        vkey = "\n".join(map(_text, key))
        kept = [path.read_text("utf-8") for path in checkpoint or ()]
        cosigners = [_text(one) for one in witness or ()]
        proven = (
            verify.verify_export(directory, vkey, kept, cosigners)
            if directory
            else _verify_tiles(str(tiles), vkey, kept, cosigners, token, hashes=hashes)
        )
    except UnicodeDecodeError:
        raise VerificationError("the key, or a checkpoint that you kept, is not text") from None
    except VerificationError as error:
        if as_json:
            show_json({"verified": False, "reason": str(error)})
        raise
    shown = {"size": proven.size, "root": proven.root.hex(), "checkpoints": proven.checkpoints, "verified": True}
    shown |= {} if proven.witnessed is None else {"witnessed": proven.witnessed}
    show_json(shown) if as_json else show_fields({**shown, "verified": "verified"})


def witness(
    key: Annotated[Path, typer.Option(dir_okay=False, help="The witness's own key; made where there is none.")],
    log: Annotated[list[str], typer.Option(help="Public key of a log to watch, or a file that holds it; repeatable.")],
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where to answer; port 0 takes a free one.")],
    name: Annotated[str, typer.Option(help="The name under which a new key is made.")] = "tvaers.example/vidne",
    as_json: Json = False,
) -> None:
    """Cosign checkpoints of logs that only grow, until Ctrl-C; what it has seen lies beside the key, in KEY.seen."""
    import uvicorn

    from consent.disclosures.witnessing import application, open_witness

    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise typer.BadParameter("--listen takes HOST:PORT")
    signer, opened = open_witness(key, name, [_text(one) for one in log])
    listener = socket.create_server((host.strip("[]"), int(port)), family=_family(host))
    address = f"http://{host}:{listener.getsockname()[1]}"
    if as_json:
        show_json({"key": signer.vkey, "address": address})
    else:
        show_fields({"key": signer.vkey, "address": address})
    config = uvicorn.Config(application(opened), log_config=None, access_log=False, lifespan="off", server_header=False)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _verify_tiles(
    where: str, vkey: str, kept: list[str], cosigners: list[str], token: Path | None, *, hashes: bool
) -> verify.Verified:
    if not where.startswith(("http://", "https://")):
        return verify.verify_tiles(sources.folder(Path(where)), vkey, kept, cosigners, hashes_only=hashes)
    with sources.client(token.read_text("utf-8").strip() if token else "") as client:
        return verify.verify_tiles(sources.server(client, where), vkey, kept, cosigners, hashes_only=hashes)


def _text(given: str) -> str:
    return Path(given).read_text("utf-8").strip() if Path(given).is_file() else given


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
