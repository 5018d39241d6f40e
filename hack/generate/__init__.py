"""What is made from code: the CRDs, and the tables in the documentation."""
