"""The world outside: what we ask of a cloud, and below `azure` how Azure is asked."""
