"""Azure, through its own SDKs. The only package that imports them."""
