# a comment
# escape=`
FROM python:3.13 AS base
RUN a \
  b
