
  	 FROM 	 --platform=linux/amd64 	 python:3.13 	 AS 	 base 	 

	RUN	true
 
FROM base