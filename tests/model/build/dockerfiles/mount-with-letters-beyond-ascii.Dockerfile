FROM debian:trixie AS gate
ARG GATE_REACHED
RUN check
FROM python:3.13 AS prod
RUN --mount=target=/é,from=gate true
