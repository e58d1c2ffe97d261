"""HTTP: the routes under ``/api``, the board, health and metrics, and refusals as problems."""
