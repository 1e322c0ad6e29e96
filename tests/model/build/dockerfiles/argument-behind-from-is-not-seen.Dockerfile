ARG TAG=3.13
FROM python:$TAG AS base
ARG TAG=9
ARG OTHER=9
FROM debian:${OTHER:-trixie}-$TAG
