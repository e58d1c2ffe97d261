"""Workbooks as files: reads bytes into cells, hands the template out and the annotated copy back.

Beside the core, below server and client: both use it. What cells mean is decided in `setpoint.core.ingest`.

    `read`       bytes → sheets of neutral cells, whatever the format        in this process
    `process`    bytes → `Ingested`, in a process that may die               what the command line calls
    `template`   the workbook that people fill in
    `annotate`   the same workbook back, with what became of each row

Nothing is imported here: the reader's process starts quickly because it never loads the writers.
"""
