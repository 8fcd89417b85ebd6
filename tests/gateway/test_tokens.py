"""Bearer tokens: made once, readable by the service alone, and nobody's unless they are somebody's."""

import os
import re
from pathlib import Path

import pytest

from gateway.tokens import ROLES, Tokens, role
from schemas.errors import SchemaError
from schemas.parties import Partregister

NAMES = ("jobcenter", "social", *(role(one) for one in ROLES))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of tokens, which does not exist yet."""
    return tmp_path / "data" / "tokens"


class TestMaking:
    def test_everyone_has_a_token_of_their_own(self, folder: Path) -> None:
        """Each token leads to its holder, and no two are alike."""
        tokens = Tokens(folder, NAMES)
        assert {tokens.holder(tokens.read(name)): name for name in NAMES} == {name: name for name in NAMES}
        assert len({tokens.read(name) for name in NAMES}) == len(NAMES)

    def test_a_token_cannot_be_guessed(self, folder: Path) -> None:
        """256 random bits, in letters that a header carries."""
        for name in NAMES:
            assert re.fullmatch(r"[A-Za-z0-9_-]{43}", Tokens(folder, NAMES).read(name))

    def test_only_the_service_may_read_them(self, folder: Path) -> None:
        """Files of mode 0600 in a folder of mode 0700, whatever the process' own mask."""
        before = os.umask(0)
        try:
            Tokens(folder, NAMES)
        finally:
            os.umask(before)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == dict.fromkeys(NAMES, 0o600)

    def test_they_are_made_once(self, folder: Path) -> None:
        """A restart changes no token, and a new party gets one beside them."""
        first = {name: Tokens(folder, NAMES).read(name) for name in NAMES}
        again = Tokens(folder, [*NAMES, "familie"])
        assert {name: again.read(name) for name in NAMES} == first
        assert again.holder(again.read("familie")) == "familie"

    def test_a_token_that_was_replaced_holds_from_the_next_start(self, folder: Path) -> None:
        """An operator who deletes a file has a new token made, and the old one is nobody's."""
        old = Tokens(folder, NAMES).read("social")
        (folder / "social").unlink()
        tokens = Tokens(folder, NAMES)
        assert tokens.holder(old) is None
        assert tokens.holder(tokens.read("social")) == "social"

    def test_line_ends_are_no_part_of_a_token(self, folder: Path) -> None:
        """A token that was written by hand ends in a line end, which no header carries."""
        folder.mkdir(mode=0o700, parents=True)
        (folder / "social").write_text("et-langt-token-skrevet-i-haanden\n", "ascii")
        assert Tokens(folder, NAMES).holder("et-langt-token-skrevet-i-haanden") == "social"


class TestRefusing:
    def test_an_unknown_token_is_nobodys(self, folder: Path) -> None:
        """Nor are a part of one, another case, its hash, a name, or nothing."""
        tokens = Tokens(folder, NAMES)
        token = tokens.read("social")
        for wrong in ("", " ", "social", token[:-1], token + "x", token.swapcase(), "é", f"{token}\n", "x" * 10_000):
            assert tokens.holder(wrong) is None

    def test_a_party_that_left_the_register_is_nobody(self, folder: Path) -> None:
        """Its file may lie there still; its token opens nothing."""
        token = Tokens(folder, NAMES).read("social")
        assert Tokens(folder, ["jobcenter"]).holder(token) is None

    @pytest.mark.parametrize("content", ["", "\n"])
    def test_an_empty_token_file_lets_nobody_in(self, folder: Path, content: str) -> None:
        """A file that an operator emptied, or that a full disk left so, is not a token that says nothing."""
        folder.mkdir(mode=0o700, parents=True)
        (folder / "social").write_text(content)
        assert Tokens(folder, NAMES).holder("") is None

    @pytest.mark.parametrize("name", ROLES)
    def test_no_party_can_share_a_token_with_a_role(self, folder: Path, name: str) -> None:
        """A party of any id that the register takes has a token of its own, which is not the role's."""
        try:
            register = Partregister.read(
                {"version": 1, "parter": [{"id": role(name), "kind": "privat", "navn": "Vagtselskabet"}]}
            )
        except SchemaError:
            return
        [party] = register.parter
        tokens = Tokens(folder, [party.id, role(name)])
        assert tokens.read(party.id) != tokens.read(role(name))

    @pytest.mark.parametrize("name", ROLES)
    def test_a_party_named_as_a_role_is_not_the_role(self, folder: Path, name: str) -> None:
        """A party whose id is the bare name of a role gets a token that is not the role's."""
        tokens = Tokens(folder, [name, role(name)])
        assert tokens.holder(tokens.read(name)) == name
        assert tokens.holder(tokens.read(role(name))) == role(name)
