#!/usr/bin/env docker
# escape=`
FROM python:3.13
RUN a \
  b
