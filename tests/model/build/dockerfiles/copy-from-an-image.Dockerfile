FROM python:3.13
COPY --from=nginx:1 /etc/nginx /etc/nginx
COPY --from= /a /a
