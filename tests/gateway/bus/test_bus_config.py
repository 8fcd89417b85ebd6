"""The rendered configuration, the party ids that may stand in it, and the secrets beside it."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.bus.config import JS_KEY_VARIABLE, Ports, account, render
from gateway.bus.errors import BusRefused
from gateway.bus.identities import RESERVED, SERVICES, Identities, party_id
from gateway.bus.topology import Sizes
from gateway.bus.trust import find_binary

PARTIES = ("jobcenter", "laege-nord", "laege-syd")
party_ids = st.from_regex(r"[a-z][a-z0-9-]{0,40}", fullmatch=True).filter(lambda text: text not in RESERVED)


def rendered(directory: Path) -> str:
    """Return a configuration with freshly made keys."""
    identities = Identities(directory / "keys")
    identities.ensure(PARTIES)
    keys = identities.public_keys((*SERVICES, *PARTIES))
    return render(PARTIES, keys, Ports(4222, 8222), directory, Sizes().total(len(PARTIES)))


def test_the_server_accepts_the_configuration(tmp_path: Path):
    """nats-server -t knows every word of what we render."""
    config = tmp_path / "nats.conf"
    config.write_text(rendered(tmp_path))
    command = [find_binary(), "-t", "-c", config]
    result = subprocess.run(command, env={JS_KEY_VARIABLE: "k1"}, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr


def test_no_secret_stands_in_the_configuration(tmp_path: Path):
    """The configuration has public keys and a variable's name, no seed and no JetStream key."""
    text = rendered(tmp_path)
    for secret in (tmp_path / "keys").iterdir():
        assert secret.read_text() not in text


@pytest.mark.parametrize(
    "text", ["", "Region", "1region", "re_gion", "re.gion", "re gion", "region\n", ">", "*", "-a", "a" * 42, "bøger"]
)
def test_what_could_be_more_than_a_name_is_no_party_id(text: str):
    """A party id that could be a wildcard, two tokens or a configuration's syntax is refused."""
    with pytest.raises(BusRefused):
        party_id(text)


@pytest.mark.parametrize("text", sorted(RESERVED))
def test_a_party_cannot_take_a_name_of_ours(text: str):
    """A party named as one of our accounts, identities or durables is refused."""
    with pytest.raises(BusRefused):
        party_id(text)


@settings(max_examples=200, deadline=None)
@given(one=party_ids, other=party_ids)
def test_two_parties_never_share_an_account(one: str, other: str):
    """Different party ids have different accounts, none of them BUS."""
    assert (account(one) == account(other)) == (one == other)
    assert account(one) != "BUS"


def test_secrets_are_private_and_never_overwritten(tmp_path: Path):
    """Seeds and key are files of mode 0600 in a directory of mode 0700, and stay as they are when asked for again."""
    identities = Identities(tmp_path / "keys")
    identities.ensure(PARTIES[:1])
    first = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    identities.ensure(PARTIES)
    again = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    assert again.items() >= first.items()
    assert len(again) == len(SERVICES) + len(PARTIES) + 1
    assert len(set(again.values())) == len(again)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path):
    """A seed with a wider mode than 0600 is not used."""
    identities = Identities(tmp_path)
    identities.ensure(())
    identities.seed_file("gateway").chmod(0o640)
    with pytest.raises(BusRefused, match=r"gateway\.nk"):
        identities.seed("gateway")
