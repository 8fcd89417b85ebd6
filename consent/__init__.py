"""Consent: may this cross? Declarations, signatures, rules, and the record of every answer."""
