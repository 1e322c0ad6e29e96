FROM debian:trixie AS gate
ARG GATE_REACHED
RUN check
FROM python:3.13 AS prod
COPY --from=gate /passed /passed
FROM alpine:3 AS prod
COPY a /a
