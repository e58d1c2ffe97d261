"""Tests that run the blocks of our documents, as people would."""
