"""The tables' history, run at every start: `setpoint.persistence.migrate` brings a database up to date."""
