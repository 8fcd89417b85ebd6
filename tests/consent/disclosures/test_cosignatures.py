from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.disclosures.checkpoints import COSIGNATURE, Signer, sign_checkpoint
from consent.disclosures.cosignatures import WitnessKey, body_of, cosign, cosignature_in
from consent.disclosures.merkle import VerificationError
from consent.disclosures.verify.notes import COSIGNATURE as WITNESS
from consent.disclosures.verify.notes import cosigned_at, parse_key, read_note
from consent.disclosures.verify.trust import trusting, witnessed

LOG = Signer("tvaers.example/log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
REGION = Signer("region.example/vidne", Ed25519PrivateKey.from_private_bytes(bytes([5] * 32)), COSIGNATURE)
NOTE = sign_checkpoint(LOG.name, 7, bytes(32), LOG)
BODY = body_of(NOTE)
NOW = 1_679_315_147
LINE = cosign(BODY, NOW, REGION)


class TestForm:
    def test_it_is_the_specifications(self):
        """Key id, eight bytes of time and an Ed25519 signature over `cosignature/v1`, the time and the checkpoint."""
        dash, name, encoded = LINE.removesuffix("\n").split(" ")
        decoded = b64decode(encoded)
        public = REGION.key.public_key()
        key_id = sha256(b"region.example/vidne\n\x04" + public.public_bytes_raw()).digest()[:4]
        assert (dash, name, decoded[:12]) == ("\u2014", REGION.name, key_id + NOW.to_bytes(8, "big"))
        assert len(decoded) == 4 + 72
        public.verify(decoded[12:], f"cosignature/v1\ntime {NOW}\n{BODY}".encode())

    def test_the_public_key_is_of_type_4(self):
        """A witness's public key says that it signs with a time."""
        name, _, encoded = REGION.vkey.split("+", 2)
        assert (name, b64decode(encoded)) == (REGION.name, b"\x04" + REGION.key.public_key().public_bytes_raw())


class TestReading:
    def test_both_sides_read_it(self):
        """The log finds the line of its witness, and who verifies learns when it was written."""
        key = WitnessKey.parse(REGION.vkey)
        assert cosignature_in(LINE, BODY, key) == LINE
        assert cosignature_in(f"\u2014 other.example/w {b64encode(bytes(76)).decode()}\n{LINE}", BODY, key) == LINE
        assert cosigned_at(read_note(NOTE + LINE, "note"), parse_key(REGION.vkey, WITNESS)) == NOW
        assert cosigned_at(read_note(NOTE, "note"), parse_key(REGION.vkey, WITNESS)) is None

    @given(st.integers(0, 75), st.integers(1, 255))
    @settings(max_examples=100)
    def test_any_changed_byte(self, at: int, change: int):
        """No byte of a cosignature can be changed: the log does not keep it, and who verifies refuses it."""
        decoded = bytearray(b64decode(LINE.split(" ")[2]))
        decoded[at] ^= change
        line = f"\u2014 {REGION.name} {b64encode(decoded).decode()}\n"
        assert cosignature_in(line, BODY, WitnessKey.parse(REGION.vkey)) is None
        note, key = read_note(NOTE + line, "note"), parse_key(REGION.vkey, WITNESS)
        if at < 4:  # then it is some other key's
            assert cosigned_at(note, key) is None
        else:
            with pytest.raises(VerificationError, match="cosignature is not of region"):
                cosigned_at(note, key)

    @pytest.mark.parametrize(
        "line", ["", "hej", "\u2014 region.example/vidne", "\u2014 region.example/vidne #", f"- {LINE[2:]}"]
    )
    def test_what_is_no_line(self, line: str):
        """Anything else is no cosignature."""
        assert cosignature_in(line, BODY, WitnessKey.parse(REGION.vkey)) is None

    def test_of_another_checkpoint(self):
        """A cosignature of one checkpoint is none of another."""
        other = sign_checkpoint(LOG.name, 8, bytes(32), LOG)
        assert cosignature_in(LINE, body_of(other), WitnessKey.parse(REGION.vkey)) is None
        with pytest.raises(VerificationError):
            cosigned_at(read_note(other + LINE, "note"), parse_key(REGION.vkey, WITNESS))

    def test_twice(self):
        """Two cosignatures of one witness on one note are refused."""
        twice = read_note(NOTE + LINE + cosign(BODY, NOW + 1, REGION), "note")
        with pytest.raises(VerificationError, match="2 cosignatures"):
            cosigned_at(twice, parse_key(REGION.vkey, WITNESS))


class TestDemanded:
    def test_who_must_have_cosigned(self):
        """A witness that is asked for and has cosigned nothing is missed; of those who have, the least size counts."""
        trust = trusting(LOG.vkey, witnesses=[REGION.vkey])
        with pytest.raises(VerificationError, match="no checkpoint here is cosigned by region"):
            witnessed(trust, [trust.newest(NOTE, "note")])
        later = sign_checkpoint(LOG.name, 9, bytes(32), LOG)
        assert witnessed(trust, [trust.newest(NOTE + LINE, "note"), trust.newest(later, "later")]) == 7
        assert witnessed(trusting(LOG.vkey), [trust.newest(NOTE, "note")]) is None

    def test_a_log_is_no_witness(self):
        """The log's own key cannot be given as its witness."""
        with pytest.raises(VerificationError, match="witness's public key"):
            trusting(LOG.vkey, witnesses=[LOG.vkey])
