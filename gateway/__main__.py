"""`python -m gateway` is the `tvaers` command."""

from gateway.cli import main

main()
