"""One module per citizen, and one for what goes wrong: which messages are sent about them, and when.

`sends` of each returns its messages in the order of the clock. The texts are written for this sample.
"""
