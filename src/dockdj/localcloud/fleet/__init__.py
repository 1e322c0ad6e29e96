"""The machines of the local cloud as containers: instances, load balancers, registry and database."""
