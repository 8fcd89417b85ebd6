import stat
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from consent.disclosures.checkpoints import Signer, generate, load, sign_checkpoint
from consent.disclosures.errors import SignerError

NAME = "tvaers.example/log"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the key file goes."""
    return tmp_path / "signer"


class TestKeyFile:
    def test_round_trip(self, path: Path):
        """The key that was generated is the key that is loaded."""
        made, loaded = generate(path, NAME), load(path)
        assert loaded.vkey == made.vkey
        assert loaded.key.private_bytes_raw() == made.key.private_bytes_raw()

    def test_only_the_owner_may_read(self, path: Path):
        """The file has mode 0600, and one that others may read is not used."""
        generate(path, NAME)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o640)
        with pytest.raises(SignerError, match="0600"):
            load(path)

    def test_a_key_is_never_overwritten(self, path: Path):
        """Generating over an existing key is refused and leaves it as it was."""
        made = generate(path, NAME)
        with pytest.raises(SignerError):
            generate(path, NAME)
        assert load(path).vkey == made.vkey

    @pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb", "a\x07b"])
    def test_names_that_notes_cannot_carry(self, path: Path, name: str):
        """A name with a space, a plus sign or a control character is refused before a file is written."""
        with pytest.raises(SignerError):
            generate(path, name)
        assert not path.exists()

    def test_mangled_files_are_refused(self, path: Path):
        """A key file cut short anywhere, with a character changed in its name or hash, or empty, is refused."""
        generate(path, NAME)
        text = path.read_text()
        mangled = [text[:end] for end in range(len(text) - 1)]
        mangled += [text.replace("tvaers", "tvaerz"), text.replace("PRIVATE", "PUBLIC"), text + "x", "\n", "a+b+c\n"]
        for content in mangled:
            path.write_text(content)
            with pytest.raises(SignerError) as refused:
                load(path)
            assert text.strip()[-40:] not in str(refused.value)

    def test_missing_and_unreadable_files(self, tmp_path: Path):
        """No file, a folder, or bytes that are no text are refused as the log's own error."""
        (tmp_path / "folder").mkdir(mode=0o700)
        (tmp_path / "bytes").touch(mode=0o600)
        (tmp_path / "bytes").write_bytes(b"\xff\xfe")
        for name in ("missing", "folder", "bytes"):
            with pytest.raises(SignerError):
                load(tmp_path / name)

    def test_the_secret_is_not_printed(self, path: Path):
        """The signer's representation does not show its key."""
        assert "PrivateKey" not in repr(generate(path, NAME))


class TestNotes:
    def test_key_hash_is_the_specifications(self):
        """The public key text is name, first 4 bytes of SHA-256(name, newline, 01, key) in hex, and base64(01, key)."""
        signer = Signer(NAME, Ed25519PrivateKey.from_private_bytes(bytes(32)))
        public = b"\x01" + signer.key.public_key().public_bytes_raw()
        hashed = sha256(NAME.encode() + b"\n" + public).hexdigest()[:8]
        assert signer.vkey == f"{NAME}+{hashed}+{b64encode(public).decode()}"

    def test_form_of_a_checkpoint(self):
        """A checkpoint is origin, size and root on a line each, a blank line, and one signature line over the text."""
        signer = Signer(NAME, Ed25519PrivateKey.from_private_bytes(bytes(32)))
        root = sha256(b"root").digest()
        note = sign_checkpoint(NAME, 17, root, signer)
        text, _, signature = note.rpartition("\n\n")
        assert text == f"{NAME}\n17\n{b64encode(root).decode()}"
        dash, name, encoded = signature.removesuffix("\n").split(" ")
        assert (dash, name) == ("\u2014", NAME)
        public: Ed25519PublicKey = signer.key.public_key()
        decoded = b64decode(encoded)
        assert decoded[:4] == signer.key_id
        public.verify(decoded[4:], f"{text}\n".encode())

    def test_another_logs_key_is_refused(self, path: Path):
        """A checkpoint is not signed with a key that is named for another log."""
        with pytest.raises(SignerError, match="named"):
            sign_checkpoint("tvaers.example/other", 1, bytes(32), generate(path, NAME))
