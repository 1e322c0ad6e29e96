FROM debian:trixie AS gate
ARG GATE_REACHED
RUN check
FROM python:3.13 AS prod
RUN --mount=type=cache,target=/c \
  # a comment
  cat <<EOF \
  >/srv/a
FROM nowhere \
EOF
COPY --from=gate /passed /passed
