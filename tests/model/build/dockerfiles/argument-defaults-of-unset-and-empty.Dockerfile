ARG EMPTY=
FROM python:3.13${EMPTY-no} AS a
FROM debian:${EMPTY:-trixie} AS b
FROM alpine:${ABSENT-3} AS c
