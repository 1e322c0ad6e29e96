FROM debian:trixie AS gate
ARG GATE_REACHED
RUN check
FROM python:3.13 AS prod
RUN cat <<ONE 3<<TWO
FROM one
TWO
ONE
FROM two
ONE
TWO
COPY --from=gate /passed /passed
