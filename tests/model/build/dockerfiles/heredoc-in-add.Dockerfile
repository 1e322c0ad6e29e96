FROM python:3.13
ADD <<EOF /srv/a
FROM nowhere
EOF
