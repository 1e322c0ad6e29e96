ARG A=a\$b
ARG B='$'c
FROM python:3.13
