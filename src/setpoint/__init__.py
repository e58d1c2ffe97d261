"""Setpoint: a live data layer and board for factories."""
