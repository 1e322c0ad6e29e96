FROM python:3.13
RUN a && \
# FROM nowhere

  # another \
   
  b
ENV A=1 \

  B=2
