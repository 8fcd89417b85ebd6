"""Where a log in tiles is read from: a folder, or an HTTP server."""

from pathlib import Path

import httpx2

from consent.disclosures.merkle import VerificationError
from consent.disclosures.verify import Read
from consent.disclosures.verify.files import read_bytes

TIMEOUT_SECONDS = 30.0


def folder(directory: Path) -> Read:
    """Read a log that lies in a folder as it would be served."""
    return lambda path, limit: read_bytes(directory / path, path, limit)


def server(client: httpx2.Client, prefix: str) -> Read:
    """Read a log over HTTP; `prefix` is the address below which its checkpoint is."""

    def read(path: str, limit: int) -> bytes | None:
        found = bytearray()
        try:
            with client.stream("GET", f"{prefix.rstrip('/')}/{path}") as response:
                if response.status_code in (httpx2.codes.NOT_FOUND, httpx2.codes.GONE):
                    return None
                if not response.is_success:
                    raise VerificationError(f"{path}: the server answers {response.status_code}")
                for chunk in response.iter_bytes():
                    found += chunk
                    if len(found) > limit:
                        break
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise VerificationError(f"{path}: cannot be fetched ({type(error).__name__})") from None
        return bytes(found)

    return read


def client(token: str = "") -> httpx2.Client:
    """Return an HTTP client; `token` is shown to logs that do not show their entries to everyone."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx2.Client(headers=headers, timeout=TIMEOUT_SECONDS, follow_redirects=not token, trust_env=False)
