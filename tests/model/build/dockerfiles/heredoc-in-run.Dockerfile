FROM debian:trixie AS gate
ARG GATE_REACHED
RUN check
FROM python:3.13 AS prod
RUN <<SQL cat >/srv/report.sql
SELECT count(*)
FROM orders
SQL
COPY --from=gate /passed /passed
