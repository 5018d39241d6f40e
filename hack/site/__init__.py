"""What the documentation's site needs beside MkDocs."""
