"""Platforms, option settings and health, as Elastic Beanstalk defines them."""
