FROM pyt\
hon:3.13 AS ba\
se
RU\
N true
FROM base
