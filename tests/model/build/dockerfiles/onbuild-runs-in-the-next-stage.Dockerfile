FROM debian:trixie AS gate
ARG GATE_REACHED
RUN check
FROM python:3.13 AS prod
ONBUILD COPY --from=gate /passed /passed
FROM prod AS child
COPY a /a
FROM child AS grandchild
COPY a /a
