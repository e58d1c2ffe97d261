# The workbook that people fill in.
template-targets = Targets
template-title = Targets for { $plant }
template-change = 1. On the sheet { $sheet }, change the targets that you want to change.
template-leave = 2. Leave the other rows as they are, or delete them: what is not changed stays as it is.
template-drop = 3. Save, and drop the file on the board, or run: setpoint upload FILE
template-look = 4. Look at the preview, then commit. Every row is followed to its outcome.
template-column = Column
template-takes = takes
template-machine = a machine such as m:402, each once
template-columns = The order of the columns does not matter, nor do other columns. A formula counts by its value.
template-conflicts = What others changed since this file was made is shown as a conflict and is not overwritten.
