"""Who is next, and how much anybody may hold of what all tenants share."""
