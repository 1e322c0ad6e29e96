ARG TAG=3.13
ARG TAG
FROM python:3.13 AS base
FROM debian:trixie$TAG
