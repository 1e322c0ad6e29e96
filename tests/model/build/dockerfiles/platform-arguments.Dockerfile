FROM debian:trixie AS base-amd64
FROM debian:bookworm AS base-arm64
FROM base-${TARGETARCH}
COPY a /a
