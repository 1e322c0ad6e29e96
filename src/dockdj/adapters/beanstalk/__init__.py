"""Elastic Beanstalk through boto3, and where the local cloud is."""
