# slowdown.gp - distribution of slowdowns: as that of response times.
load 'response.gp'
