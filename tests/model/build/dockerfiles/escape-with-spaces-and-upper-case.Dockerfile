#   ESCAPE   =   `   
FROM python:3.13 AS base
RUN a `
 b
