"""HTTP as types: requests, answers and problems, each described once."""
