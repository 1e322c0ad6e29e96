# escape=`
FROM python:`
3.13
