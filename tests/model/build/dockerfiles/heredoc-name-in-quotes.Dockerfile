FROM debian:trixie AS gate
ARG GATE_REACHED
RUN check
FROM python:3.13 AS prod
RUN <<"END OF TEXT"
FROM nowhere
END
END OF TEXT
COPY --from=gate /passed /passed
