"""What is left behind and from what it was made: files, digests, manifests, fingerprints."""
