"""HTTP: the routes under ``/api``, the board, health and figures, and how refusals become problems."""
