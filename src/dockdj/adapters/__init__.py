"""Everything outside the process: programs, files, the network."""
