"""Make a release, also from an old commit on a new stack."""
