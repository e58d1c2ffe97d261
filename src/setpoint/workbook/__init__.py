"""Workbooks as files: reads bytes into cells, hands the template out and the annotated copy back.

Beside the core, below server and client: both use it. What cells mean is decided in `setpoint.core.ingest`.
"""

from setpoint.workbook.safe import csv_text
from setpoint.workbook.template import template

__all__ = ["csv_text", "template"]
