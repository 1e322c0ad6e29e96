FROM python:3.13
RUN echo \\
RUN echo \ 	
  b
