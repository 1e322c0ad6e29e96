FROM python:3.13 AS base
ONBUILD RUN <<EOF
FROM nowhere
EOF
FROM debian:trixie AS other
