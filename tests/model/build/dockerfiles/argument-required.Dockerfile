ARG TAG=3.13
FROM python:${TAG:?needed}
FROM debian:${TAG?needed}
