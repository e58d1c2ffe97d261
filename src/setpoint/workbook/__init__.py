"""Workbooks as files: reads bytes into cells, makes the template and the annotated copy.

Server and client both use this package. `setpoint.core.ingest` decides what the cells mean.

    `read`       bytes → sheets of neutral cells, whatever the format        in this process
    `process`    bytes → `Ingested`, in a separate process                   for the command line
    `template`   the workbook that people fill in
    `annotate`   the same workbook, with the outcome of each row

This module imports nothing, so that the reader's process starts quickly and never loads the writers.
"""
