ARG TAG=3.13.1
FROM python:${TAG/./-} AS a
FROM python:${TAG//./-} AS b
FROM python:${TAG/.*/} AS c
FROM python:${TAG//?.1/x} AS d
