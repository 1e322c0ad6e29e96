# syntax=registry.example/docker/dockerfile:1.7
# escape=`

FROM python:3.13`

