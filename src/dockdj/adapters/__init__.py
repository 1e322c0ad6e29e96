"""All that leaves the process: programs, files, network."""
