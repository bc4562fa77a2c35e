"""The models that methods are put into: small ones that are trained here, and those of transformers."""
