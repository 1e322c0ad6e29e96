FROM python:3.13
RUN a \
