ARG OS=linux
FROM --platform=$BUILDPLATFORM python:3.13 AS build
FROM --platform=${OS}/amd64 debian:trixie
