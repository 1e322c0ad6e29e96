"""Build definitions, Dockerfiles, the quality gate, and tested images."""
