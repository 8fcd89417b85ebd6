import dataclasses
import json
import re
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import example, given, settings
from hypothesis import strategies as st

from consent.disclosures.entries import MAX_LEAF_BYTES, SEALED, Entry, commitment, seal, unseal
from consent.disclosures.errors import EntryError, SealError
from consent.disclosures.keys import Key
from consent.disclosures.merkle import leaf_hash

KEY = Key("k1", bytes(range(32)))
OTHER = Key("k2", bytes(range(1, 33)))

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
grounds = st.recursive(
    st.none() | st.booleans() | texts | st.integers(-(2**53) + 1, 2**53 - 1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
entries = st.builds(
    Entry,
    art=st.sampled_from(["afgoerelse", "tilstand", "samtykke", "opslag", "drift"]),
    tid=st.just("2026-03-02T10:00:00.000000Z"),
    tilstand=texts,
    politik=texts,
    register=texts,
    skema=texts,
    haendelse=st.none() | texts,
    fra=st.none() | texts,
    forsoeg=st.none() | st.integers(1, 9),
    tilladt=st.dictionaries(texts, grounds, max_size=3),
    tilbageholdt=st.dictionaries(texts, texts, max_size=3),
    **{name: st.none() | texts for name in SEALED},
)


def plain(**changes: Any) -> Entry:
    """Return an operational entry with some fields set."""
    fields = {"art": "drift", "tid": "2026-03-02T10:00:00.000000Z", "tilstand": "stop", "politik": "1"}
    return Entry(**{**fields, "register": "1", "skema": "1", **changes})


class TestLeaf:
    @given(entries)
    @settings(deadline=None)
    def test_leaf_is_canonical_json(self, entry: Entry):
        """The leaf is what an RFC 8785 writer makes of its own content, in any script."""
        leaf = seal(entry, KEY).leaf
        assert rfc8785.dumps(json.loads(leaf)) == leaf
        assert b"\n" not in leaf

    def test_keys_are_ordered_as_rfc_8785_orders_them(self):
        """Keys beyond ASCII are ordered by their UTF-16 units, which plain JSON writers do not do."""
        leaf = seal(plain(tilbageholdt={"\ufb33": "a", "\U0001f600": "b", "z": "c"}), KEY).leaf
        assert list(json.loads(leaf)["tilbageholdt"]) == ["z", "\U0001f600", "\ufb33"]

    def test_fields_of_a_leaf(self):
        """A leaf has exactly the fields of version 1, and a commitment for each sealed field that is set."""
        leaf = json.loads(seal(plain(borger="b-1", sag="s-1"), KEY).leaf)
        expected = "v art tid haendelse type fra til forsoeg tilladt tilbageholdt tilstand politik register skema"
        assert set(leaf) == {*expected.split(), "bemaerkning", "forseglet"}
        assert leaf["v"] == 1
        assert set(leaf["forseglet"]) == {"borger", "sag"}

    def test_every_field_is_open_or_sealed(self):
        """No field of an entry is forgotten when it is written."""
        leaf = json.loads(seal(plain(**dict.fromkeys(SEALED, "x")), KEY).leaf)
        assert {field.name for field in dataclasses.fields(Entry)} == (leaf.keys() - {"v", "forseglet"}) | set(SEALED)
        assert leaf["forseglet"].keys() == set(SEALED)

    def test_hash_is_the_leafs(self):
        """The hash that goes into the tree is the RFC 6962 hash of the leaf's bytes."""
        sealed = seal(plain(), KEY)
        assert sealed.leaf_hash == leaf_hash(sealed.leaf)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"art": "andet"}, "art"),
            ({"tid": "2026-03-02T10:00:00Z"}, "tid"),
            ({"tid": "2026-03-02T10:00:00.000000Z\n"}, "tid"),
            ({"tilladt": {"helbred": 0.5}}, "tilladt"),
            ({"tilladt": {"helbred": {"version": 2**53}}}, "tilladt"),
            ({"tilladt": {"helbred": b"1"}}, "tilladt"),
            ({"tilladt": {1: "s"}}, "tilladt"),
        ],
    )
    def test_what_cannot_be_written_alike_is_refused(self, changes: dict[str, Any], field: str):
        """Unknown kinds, other instants, fractions and large numbers are refused, naming the field."""
        with pytest.raises(EntryError, match=field):
            plain(**changes)

    @pytest.mark.parametrize("field", ["bemaerkning", "begrundelse"])
    def test_half_characters_are_refused(self, field: str):
        """A text that is not Unicode is refused, open or sealed, and not repeated in the error."""
        with pytest.raises(EntryError) as refused:
            seal(plain(**{field: "hemmelig\ud800"}), KEY)
        assert "hemmelig" not in str(refused.value)

    def test_oversized_leaf_is_refused(self):
        """A leaf that the bounds do not allow is refused before it is stored."""
        with pytest.raises(EntryError, match="bytes"):
            seal(plain(bemaerkning="x" * MAX_LEAF_BYTES), KEY)


class TestI9NothingPersonalInTheOpen:
    @given(st.lists(st.text("ÆØÅæøå", min_size=6, max_size=20), min_size=len(SEALED), max_size=len(SEALED)))
    @settings(deadline=None)
    def test_sealed_values_are_in_no_clear_byte(self, values: list[str]):
        """No sealed value can be read in the leaf or in the box."""
        sealed = seal(plain(**dict(zip(SEALED, values, strict=True))), KEY)
        for value in values:
            assert value.encode() not in sealed.leaf + sealed.box

    def test_equal_values_do_not_show(self):
        """Two entries about one citizen have nothing in common that an outsider could link."""
        first, second = (json.loads(seal(plain(borger="b-1"), KEY).leaf)["forseglet"] for _ in range(2))
        assert first["borger"] != second["borger"]

    def test_the_key_does_not_show(self):
        """A key is not printed with the object that holds it."""
        assert "secret" not in repr(KEY)


class TestBox:
    @given(entries)
    @settings(deadline=None)
    def test_round_trip(self, entry: Entry):
        """What was sealed comes out, and a field left out stays out."""
        sealed = seal(entry, KEY)
        expected = {name: getattr(entry, name) for name in SEALED if getattr(entry, name) is not None}
        assert unseal(sealed.leaf, sealed.box, KEY) == expected

    def test_another_key_opens_nothing(self):
        """A box opens with its own key alone."""
        sealed = seal(plain(borger="b-1"), KEY)
        with pytest.raises(SealError, match="does not open"):
            unseal(sealed.leaf, sealed.box, OTHER)

    def test_a_box_belongs_to_its_leaf(self):
        """A box does not open beside another leaf, even one of the same citizen."""
        first, second = seal(plain(borger="b-1"), KEY), seal(plain(borger="b-1"), KEY)
        with pytest.raises(SealError):
            unseal(second.leaf, first.box, KEY)

    @given(st.data())
    @settings(deadline=None)
    def test_any_changed_byte_is_seen(self, data: st.DataObject):
        """A byte changed, or an end cut off, in leaf or box is always a SealError."""
        sealed = seal(plain(borger="b-1", sag="s-1"), KEY)
        leaf, box = bytearray(sealed.leaf), bytearray(sealed.box)
        target = data.draw(st.sampled_from([leaf, box]))
        at = data.draw(st.integers(0, len(target) - 1))
        if data.draw(st.booleans()):
            target[at] ^= data.draw(st.integers(1, 255))
        else:
            del target[at:]
        with pytest.raises(SealError):
            unseal(bytes(leaf), bytes(box), KEY)

    @pytest.mark.parametrize(
        "inside",
        [
            "{}",
            "[]",
            "{",
            '{"borger":["zz","b-1"]}',
            '{"borger":"b-1"}',
            '{"borger":["SALT","b-2"]}',
            '{"borger":["SALT",1]}',
            '{"borger":["SALT","b-1"],"sag":["SALT","s-1"]}',
        ],
    )
    def test_a_writer_cannot_change_its_mind(self, inside: str):
        """A box made with the right key, but holding other than what the leaf committed to, is refused."""
        sealed = seal(plain(borger="b-1"), KEY)
        honest = json.loads(AESGCM(KEY.secret).decrypt(sealed.box[:12], sealed.box[12:], sealed.leaf_hash))
        forged = AESGCM(KEY.secret).encrypt(
            bytes(12), inside.replace("SALT", honest["borger"][0]).encode(), sealed.leaf_hash
        )
        with pytest.raises(SealError):
            unseal(sealed.leaf, bytes(12) + forged, KEY)

    @given(st.tuples(texts, texts), st.tuples(texts, texts))
    @example(("sag", "s-1"), ("sags", "-1"))
    @settings(deadline=None)
    def test_commitments_cannot_be_shifted(self, first: tuple[str, str], second: tuple[str, str]):
        """Name and value cannot trade characters: other pairs have other commitments."""
        salt = bytes(16)
        assert (commitment(first[0], salt, first[1]) == commitment(second[0], salt, second[1])) == (first == second)
        assert re.fullmatch("[0-9a-f]{64}", commitment(first[0], salt, first[1]))
