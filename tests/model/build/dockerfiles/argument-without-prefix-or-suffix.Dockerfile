ARG FULL=registry.example/python:3.13-slim-trixie
FROM ${FULL#*/} AS a
FROM ${FULL%-*} AS b
FROM debian:${FULL##*-} AS c
FROM ${FULL%%-*} AS d
