"""The networks: torch modules that import torch and nothing else of the project."""
