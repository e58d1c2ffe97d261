# The command line: what it cannot do, and what to do then.
cli-no-server = There is no connection: { $why }
cli-sign-in = A command signs in with a token: --token TEXT, or SETPOINT_TOKEN in the environment.
    On the server, setpoint token create ACCOUNT NAME --role operator makes one.
cli-file-exists = { $file } exists already; give another name, or --force to overwrite it
cli-file-not-written = { $file } cannot be written ({ $why }); give another place
cli-file-not-read = { $file } cannot be read ({ $why }); check its name and its permissions
cli-result-not-written = { $file } cannot be written ({ $why }); give another with --result
cli-template-written = wrote { $file }; fill in targets, then: setpoint upload { $file }
cli-no-header = the rows have no header, so somebody has to look at how they were read: run the command without --yes, or put the names of the columns above them
cli-nothing-to-undo = there is nothing to undo in batch { $batch }
cli-nothing-to-retry = there is nothing to retry in batch { $batch }
edit-no-row = no row of { $which } would be sent; give the number of a row, or a machine
edit-no-conflict = no row of { $which } is in conflict; give a row's number or a machine
edit-not-read = cannot read { $text }; write: m:402 targetSpeed=150, or 5 m:402 mode=RUN
edit-no-error = row { $row } has no error; give only the machine to change its target
edit-elsewhere = { $machine } is already in row { $row }; fix it there
edit-no-machine = { $machine } is not a machine of this plant; write machines as m:402
edit-no-field = { $field } is not a field that can be set; the fields are { $fields }
