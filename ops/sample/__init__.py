"""The sample day: made-up citizens whose casework crosses the bus, with what must come of it.

Karin is on sick pay with a shoulder and a depression; her doctors may tell what concerns her health and no more. Mikkel
is young, with a diagnosis and a use of cannabis: his plan reaches social and rusmiddel whole, and the guidance centre
without the rows that it must not see. Sofie's family is helped by three departments and a GP, and she has blocked the
jobcenter for her children's affairs, which a reply to all runs into. Bent withdraws at noon: the jobcenter has read the
GP's letter, social has not and never will. Ole has consented to nothing, so only what a paragraph permits crosses.
Inger's declaration has lapsed, and Yusuf's signer is not confirmed. One message is cut off, one is sent twice, one
comes under an id that was used for another, and one is for somebody whom nobody knows.

`day.build` makes the steps, `player.play` plays them against a running system, and `forventet.json` says what must come
of it, message by message. Persons, numbers, texts and organisations are invented.
"""
