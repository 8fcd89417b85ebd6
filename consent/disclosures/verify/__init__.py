"""The independent verifier: proves this log, or any C2SP tlog-tiles log, against a key and checkpoints kept outside.

Runs from the files alone, without a network. It shares with the writing side the hash functions of `merkle` and
nothing else; its parsers are its own, written from c2sp.org/signed-note, c2sp.org/tlog-checkpoint,
c2sp.org/tlog-cosignature, c2sp.org/tlog-tiles and RFC 6962. `export` proves what `tvaers log export` wrote and `tiles`
a log in tiles, from wherever the caller reads them.

What is proven of an export, in this order:

1. `checkpoint` and every file of `checkpoints/` is a note that the key has signed, of one log, and each file is named
   after its size. So is every checkpoint in `known`. A change of keys in `keys` leads from one key to the next.
2. No two of them give different roots for one size.
3. None is of a larger log than `checkpoint`: nothing was cut off.
4. Every witness asked for has cosigned one of them.
5. Every line of `entries.jsonl` hashes to its line of `leaves.txt`, and there are exactly as many as were signed.
6. The tree over the first n of them has the root that each checkpoint of size n was signed over.

Without a known checkpoint this shows that the export is whole and is what the key's owner signs today. That the past
was not rewritten is proven from the first checkpoint that an outsider has kept. Older checkpoints missing from
`checkpoints/` are not missed.
"""

from consent.disclosures.verify.command import main
from consent.disclosures.verify.export import verify_export
from consent.disclosures.verify.proof import Verified
from consent.disclosures.verify.tiles import Read, verify_tiles

__all__ = ["Read", "Verified", "main", "verify_export", "verify_tiles"]
