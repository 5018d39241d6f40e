"""The directory's side of the cloud: tokens, and the endpoint that gives them out."""
