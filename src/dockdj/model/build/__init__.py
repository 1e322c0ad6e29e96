"""What a build is asked for, and what its Dockerfile and its images prove."""
