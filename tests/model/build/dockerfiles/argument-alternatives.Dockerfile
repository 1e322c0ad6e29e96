ARG DEBUG=yes
ARG EMPTY=
FROM python:3.13${DEBUG:+-slim} AS a
FROM debian${EMPTY:+:no}${EMPTY+:trixie} AS b
FROM alpine:3${ABSENT+no}${ABSENT:+no} AS c
