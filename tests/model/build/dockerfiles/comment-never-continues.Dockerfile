# a comment that ends in \
FROM python:3.13
  # another \
RUN true
