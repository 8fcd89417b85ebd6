"""The HTTP routes, one module per part of the house. All but the public ones need a bearer token, on loopback too."""
