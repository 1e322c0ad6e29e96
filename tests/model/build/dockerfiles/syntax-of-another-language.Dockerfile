# syntax=example/earthfile:1
FROM python:3.13 AS prod
INCLUDE other
