# escape=`
ARG TAG=`3.13`-slim
FROM python:$TAG AS base
RUN dir C:\
RUN copy `
  a b
FROM debian:`
trixie
