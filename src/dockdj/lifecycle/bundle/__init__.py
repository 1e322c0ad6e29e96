"""The file that Elastic Beanstalk receives."""
