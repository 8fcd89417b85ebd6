"""The gateway: the crossing itself and the process around it."""
