"""Elastic Beanstalk on this machine: for development, tests and demonstrations, never for production."""
