ARG A=py\thon B="3.\"13\"" C='$A' D="x"'y'z
ARG E=a\ b" c"' $d'
FROM "$A":3${D}
