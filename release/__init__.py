"""Everything that a release is made of, and the check that it can be made; needs no network."""
