"""The documents as people follow them: what stands in a block is run."""
