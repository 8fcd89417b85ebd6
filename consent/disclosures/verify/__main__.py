"""`python -m consent.disclosures.verify`."""

import sys

from consent.disclosures.verify.command import main

if __name__ == "__main__":
    sys.exit(main())
