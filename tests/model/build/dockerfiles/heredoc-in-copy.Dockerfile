FROM debian:trixie AS gate
ARG GATE_REACHED
RUN check
FROM python:3.13 AS prod
COPY --chmod=644 <<robots.txt <<humans.txt /srv/
FROM nowhere
robots.txt
COPY --from=gate /passed /passed
humans.txt
