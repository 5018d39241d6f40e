"""The passes of an asset: resolve, publish, replicate, verify, summarise."""
