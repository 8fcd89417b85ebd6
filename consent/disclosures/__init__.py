"""The disclosure log: every crossing, every refusal and every look-up, on a record that nobody can quietly change.

The life of an entry, step by step:

1. The caller fills an `entries.Entry`: what happened in the open fields, who it happened to in the sealed ones.
2. `keys.KeyStore.keys_for` returns the citizen's key of the year; a new key is on disk before it is returned.
3. `entries.seal` writes the leaf, canonical JSON with a salted commitment in place of each sealed field, and the box:
   salts and values, encrypted under that key and bound to that leaf.
4. `store.append` inserts leaf and box in the transaction that makes the decision. Nothing may leave the house before
   that transaction has committed.
5. Within a second `sequencer.Sequencer` gives the committed row its index, appends its leaf hash to the RFC 6962 tree
   (`merkle`) and stores a checkpoint, signed by `checkpoints.Signer`, all in one transaction.
6. The checkpoint is handed to outsiders: served with the tree in `tiles`, and shown by `cosigning` to witnesses, who
   cosign it (`witness`, `witnessing`). From then on the entry cannot be changed, moved or removed unseen.
7. `export.export_log` writes leaves and checkpoints to a directory, and `verify`, which shares nothing with the writing
   side but the hash functions, proves the directory or the tiles against the public key and kept checkpoints.
8. `entries.unseal` opens the box for a logged look-up, and proves what it held against the leaf.
9. `keys.KeyStore.destroy` and `store.forget` erase the citizen: the box opens no more, the leaf stays, the proof holds.
"""
