"""The shared workbooks: every trap of the contract's section 5, in every format, read by both languages.

`traps` makes them, each by the program that makes such files in life: openpyxl, XlsxWriter, LibreOffice, or bytes put
together by hand where no program would. Nothing binary is kept: they are written once into ``build/workbooks`` under
the hash of their recipe. ``expected.json`` says what each must come to; Python reads them in ``test_workbooks.py``, the
board in ``frontend/src/workers/workbooks.test.ts`` (XL-9).

    python -m tests.workbooks            makes them, prints the folder
    python -m tests.workbooks --accept   writes what Python makes of them into expected.json, to be reviewed
"""
