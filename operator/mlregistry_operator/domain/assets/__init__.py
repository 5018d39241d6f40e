"""Pure decisions about assets: names of versions, where they lie, what they are made of, how they stand."""
