"""The verifier's own command line, for those who have nothing but this package and the export."""

import argparse
import sys
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

from consent.disclosures.merkle import VerificationError
from consent.disclosures.verify.export import verify_export
from consent.disclosures.verify.files import read_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify from the command line; return 0 when everything is proven and 1 when not."""
    chosen = _parser().parse_args(arguments)
    try:
        known = [read_text(path, str(path)) for path in chosen.checkpoint]
        witnesses = [key_text(one) for one in chosen.witness]
        proven = verify_export(chosen.directory, "\n".join(map(key_text, chosen.key)), known, witnesses)
    except VerificationError as error:
        sys.stderr.write(f"NOT VERIFIED: {error}\n")
        return 1
    root = b64encode(proven.root).decode()
    cosigned = "" if proven.witnessed is None else f", witnessed up to {proven.witnessed}"
    sys.stdout.write(f"verified: {proven.size} entries, root {root}, {proven.checkpoints} checkpoints{cosigned}\n")
    return 0


def key_text(given: str) -> str:
    """Return a key given as text, or as a file that holds it.

    Raises:
        VerificationError: the file cannot be read.
    """
    path = Path(given)
    return read_text(path, given).removesuffix("\n") if path.is_file() else given


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="consent.disclosures.verify", description="Verify an exported log.")
    parser.add_argument("directory", type=Path)
    parser.add_argument(
        "--key", action="append", required=True, help="the log's public key, or a file that holds it; repeatable"
    )
    parser.add_argument(
        "--checkpoint", action="append", default=[], type=Path, help="a checkpoint you kept; repeatable"
    )
    parser.add_argument(
        "--witness", action="append", default=[], help="public key of a witness who must have cosigned; repeatable"
    )
    return parser
