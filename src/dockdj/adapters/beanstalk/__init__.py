"""Elastic Beanstalk through boto3, and the address of the local cloud."""
