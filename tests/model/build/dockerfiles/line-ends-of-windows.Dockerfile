FROM debian:trixie AS gate
ARG GATE_REACHED
RUN check
FROM python:3.13 AS prod
RUN <<EOF
FROM nowhere
EOF
COPY --from=gate \
  # a comment

  /passed /passed
