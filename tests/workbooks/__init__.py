"""The shared workbooks: every trap of the contract's section 5, in every format, read by both languages.

`traps` makes each with a program that makes such files in practice: openpyxl, XlsxWriter or LibreOffice. It puts bytes
together by hand if no program writes such a file. The repository keeps no binary files: they are written once into
``build/workbooks`` under the hash of their recipe. ``expected.json`` has the expected result of each. Python reads them
in ``test_workbooks.py``, the board in ``frontend/src/workers/workbooks.test.ts`` (XL-9).

    python -m tests.workbooks            makes the files, prints the folder
    python -m tests.workbooks --accept   writes Python's results into expected.json, for review
"""
