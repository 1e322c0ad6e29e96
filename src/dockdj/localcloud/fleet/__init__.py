"""The machines of the local Elastic Beanstalk: instances, balancers, the registry and the database, as containers."""
