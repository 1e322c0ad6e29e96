from debian:trixie as gate
arg GATE_REACHED
run check
from python:3.13 as prod
copy --from=gate /passed /passed
