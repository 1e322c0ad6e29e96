FROM python AS python
FROM python
FROM debian AS scratch
FROM scratch
COPY a /a
