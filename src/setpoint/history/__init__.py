"""The historian: a process beside the server that keeps the history in Parquet files and answers questions.

    messages   the messages between the server and the process
    columns    points in memory; the schemas of the files
    layout     the names of the files, and which of them count
    store      the files, in a directory or an object store
    tail       the last minutes, in small files that are durable within a second or two
    steps      values that hold until the next point: intervals, roll-ups
    writer     from points to files; merging, roll-ups, retention
    reader     from files to answers
    formats    answers as JSON, CSV, Parquet and xlsx
    worker     the process
    historian  the server's side of it

Only `messages` and `historian` are loaded by the server: the libraries that read and write files live in the process.
"""
