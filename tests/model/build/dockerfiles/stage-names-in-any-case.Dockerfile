FROM debian:trixie AS Gate
ARG GATE_REACHED
RUN check
FROM gate AS CHECKED
FROM python:3.13 AS prod
COPY --from=CheckED /passed /passed
