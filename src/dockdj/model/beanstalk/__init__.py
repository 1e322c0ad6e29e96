"""Elastic Beanstalk: environments, bundles, option settings and deployment plans."""
