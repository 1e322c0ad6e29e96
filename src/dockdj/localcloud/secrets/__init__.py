"""Secrets Manager and Parameter Store, and the environment properties that Elastic Beanstalk reads from them."""
