# What the server and the layer say in English, by its code: shown in other languages. In English their own sentence is shown.
end-safety = Voided by { $name }
end-device = Changed at the machine
end-conflict = Updated by another operator
end-conflict-by = Updated by { $name }
end-cancelled = Cancelled before it reached the machine
end-cancelled-by = Withdrawn by { $name }
end-superseded = Replaced by a newer target
end-superseded-by = Replaced by a newer target of { $name }
end-blocked = Not applied: the machine is stopped, out of contact or locked
end-diverged = Not applied: the machine reports another value
end-rejected = Not applied: refused by the server
end-failed = Not applied: refused by the machine
end-failed-why = Not applied. The answer: “{ $message }”
end-unknown = No confirmation. The machine may still take it.
end-late = Applied late
end-reconciled = Applied
end-applied = Applied
end-pending = Pending
end-accepted = Accepted, waiting for the machine's report
said-no-answer = The server did not answer.
said-not-understood = This page does not understand the server's answer. Reload the page.
said-not-sent = Not sent: { $problem }
said-too-late = Not sent: it reached the server too late. Look at the machine, then ask again.
said-final = The server ended the connection. Sign in again, or ask an administrator for the right to see this plant.
problem-other = The server refused this ({ $code }).
problem-retry = The server has too much to do. Try again in { $seconds } s.
problem-bad-request = The request cannot be read.
problem-malformed-json = The request cannot be read.
problem-json-expected = The request cannot be read.
problem-body-too-large = This is too large for the server.
problem-body-too-slow = This arrived too slowly. Try again.
problem-bad-host = The server is not known under this address.
problem-unknown-host = The server is not known under this address.
problem-cross-site = This came from another site and was refused.
problem-not-found = This is not here.
problem-method-not-allowed = This cannot be done here.
problem-bad-cursor = The list has changed. Load it again.
problem-too-many-reads = Too much is being read at once. Try again in a moment.
problem-not-signed-in = Sign in first, then try again.
problem-forbidden = You have no right to do this.
problem-bad-user = This is not the name of a person.
problem-wrong-credentials = The name or the password is not right.
problem-too-many-attempts = Too many attempts. Wait a moment, then try again.
problem-no-rights = You have no rights in this plant. Ask an administrator.
problem-no-account = There is no account of this name.
problem-no-link = This link is used or too old. Ask an administrator for a new one.
problem-sign-in-failed = The sign-in did not succeed. Try again.
problem-provider-failed = The sign-in service does not answer, or not as it should. Try again; if that does not help, ask whoever runs it.
problem-provider-clock = The answer of the sign-in service is not valid at this time by the server's clock. Start again; if that does not help, ask an administrator to compare the clocks.
problem-bad-name = This name cannot be used. Take letters, digits, dot, hyphen or underscore.
problem-bad-role = This role does not exist.
problem-bad-expiry = This expiry cannot be used.
problem-name-taken = This name is taken.
problem-weak-password = This password is too short or too easy.
problem-yourself = You cannot do this to your own account.
problem-invalid-batch = These targets cannot be read. Nothing was sent.
problem-batch-too-large = These are too many targets for one batch. Nothing was sent.
problem-tx-id-reused = Another batch has this number. Nothing was sent.
problem-atomic-refused = All or nothing: some targets are not possible, so nothing was sent.
problem-too-late = It reached the server too late. Nothing was sent.
problem-in-progress = This batch is still under way.
problem-unknown-batch = There is no such batch.
problem-withdrawn = This batch was withdrawn.
problem-nothing-to-undo = There is nothing to undo.
problem-nothing-to-set = No field of this plant can be set, so it has no template.
problem-nothing-to-retry = There is nothing to try again.
problem-needs-second-person = This change needs a second person.
problem-same-person = Another person has to confirm this.
problem-asker-gone = The person who asked for this may not change it any more.
problem-rights-changed = Your rights changed while this was on its way. Ask for it again.
problem-too-many-batches = You have too many batches under way. Wait until some have ended.
problem-too-many-targets = You have asked for too many targets. Wait a moment, then try again.
problem-too-many-held = Too many changes wait for a second person.
problem-too-many-withdrawn = Too many batches were withdrawn. Wait a moment, then try again.
problem-too-much-under-way = The server has too much under way. Try again in a moment.
problem-unknown-machine = There is no such machine, or you may not see it.
problem-unknown-topic = There is no such line or machine, or you may not see it.
problem-unknown-file = The server has no such file.
problem-wrong-hash = The file arrived damaged. Send it again.
problem-files-full = The server keeps no more files of yours. Ask an administrator.
problem-not-simulated = This plant is not simulated.
problem-invalid-event = This event is not possible.
problem-invalid-plant-of = Nothing was changed, the plant file cannot be used: { $why }
problem-invalid-plant = The plant file has mistakes. Nothing was changed; the server's log lists them.
problem-bad-history-query = This part of the history cannot be asked for.
problem-unknown-signal = There is no such signal.
problem-history-too-large = This is too much history at once. Choose a shorter time.
problem-no-history = This server keeps no history.
problem-storage-failed = The server cannot store anything now. Nothing was sent.
problem-server-error = The server failed at this. Its log says how.
file-problem-other = The file cannot be read.
file-problem-too_large = The file is too large. Split it, or remove pictures and sheets that are not needed.
file-problem-empty = The file is empty.
file-problem-no_workbook = The file is no workbook. Save it as xlsx, xlsm, xls, xlsb, ods or csv.
file-problem-damaged = The file is damaged. Open it in a spreadsheet program, save it again, and send that.
file-problem-encrypted = The file is protected by a password. Save it without a password.
file-problem-inflates_too_much = The file unpacks to more than can be read. Split it.
file-problem-too_many_rows = The sheet has more rows than are read. Split it.
file-problem-entities = The file's XML declares a document type, as no spreadsheet program writes it.
file-problem-too_slow = The file could not be read in time. Split it, or remove what is not needed.
file-problem-reader_died = The file cannot be read: its reader ended. Save it again as xlsx.
file-problem-invalid_row = A row of the file does not fit this plant.
file-problem-unknown_letters = The file is in a code page that is not known. Choose its encoding, or save it as CSV UTF-8.
file-problem-unknown_encoding = The encoding that you named is not known here.
file-problem-other_encoding = The file is not in the encoding that you chose: it has bytes that mean nothing there. Choose another, or save the file as CSV UTF-8.
file-problem-nothing_to_set = No field of this plant can be set, so it takes no workbook of targets.
file-problem-no_such_sheet = The file has no such sheet.
file-problem-invalid_template = This file is not a list of targets: columns of the template are missing. Get the template.
file-problem-doubled_column = A column is in the file more than once. Leave one of them.
file-problem-other_unit = A column has a unit that is not known here.
file-problem-invalid_template-of = This file is not a list of targets: { $missing } { $count ->
    [one] is
   *[other] are
} missing; sheet { $sheet }, row { $row } has { $found }.{ $letters } Get the template.
file-problem-doubled_column-of = The column { $column } is { $count } times in row { $row }, in columns { $columns }. Leave one of them.
file-problem-no_workbook-of = The file is no workbook: { $what ->
    [pdf] it is a PDF
    [picture] it is a picture
    [rtf] it is a letter in RTF
    [gzip] it is packed with gzip; unpack it first
    [seven-zip] it is packed with 7-Zip; unpack it first
    [rar] it is packed with RAR; unpack it first
    [sylk] it is a SYLK file
    [sxc] it is a spreadsheet of OpenOffice 1 (sxc)
    [odf] it is an OpenDocument file of another kind
    [html] it is a web page (HTML)
    [xml-2003] it is an XML spreadsheet of Excel 2003
    [flat] it is a flat OpenDocument file
    [xml] it is XML
    [mhtml] it is a web archive (MHTML)
    [dif] it is a DIF file
    [json] it is JSON
    [word] it is a Word document
    [slides] it is a presentation
    [numbers] it is an Apple Numbers document
    [packed] it is a zip around a workbook; unpack it first
    [zip] it is a zip with no workbook in it
    [compound] it is a compound file with no workbook in it
    [old] it was saved by Excel 95 or older
    [encoding] it is text in no encoding that is known here
   *[binary] it holds neither text nor a format that is known here
}. Save it as xlsx, xlsm, xls, xlsb, ods or csv.
file-problem-damaged-of = The file is damaged: { $cell ->
    [no] sheet { $sheet }
   *[other] cell { $cell } of sheet { $sheet }
} cannot be read. Open the file in a spreadsheet program, save it again, and send that.
file-problem-too_many_rows-of = The sheet { $sheet } has cells below row { $most }; no more are read. Split it.
file-problem-other_unit-of = The header { $header } in row { $row } has a unit that is not known. Convert the numbers, and name the column { $right }.
problem-unknown-alarm = There is no such alarm, or you may not see it.
problem-unknown-event = There is no such event, or you may not see it.
problem-alarm-state = The alarm has changed meanwhile. Look at it again.
problem-invalid-act = This cannot be done with an alarm.
problem-unknown-shift = There is no such shift.
problem-invalid-shift-entry = This entry cannot be kept.
problem-too-many-entries = These are too many entries. Wait a moment, then try again.
problem-body-too-large-of = At most { $most } bytes are taken here.
problem-batch-too-large-of = A batch has at most { $most } targets, this one { $count }. Nothing was sent; split it.
problem-name-taken-of = The name “{ $name }” is taken. Take another.
problem-unknown-machine-of = There is no machine “{ $name }”, or you may not see it.
problem-unknown-topic-of = There is no line or machine “{ $name }”, or you may not see it.
problem-unknown-batch-of = There is no batch { $batch }.
problem-files-full-of = The server keeps at most { $most } files of yours, with { $megabytes } MB. Ask an administrator.
problem-unknown-host-of = This server does not answer to “{ $name }”. Whoever runs it can add the name.
problem-forbidden-of =
    { $role ->
        [engineer] You have to be an engineer on line { $line } to do this.
       *[operator] You have to be an operator on line { $line } to do this.
    }
problem-too-many-attempts-of = Too many attempts. Try again in { $seconds } s.
problem-bad-name-of = “{ $name }” cannot be a name. Take letters, digits, dot, hyphen or underscore.
problem-bad-role-of = There is no role “{ $name }”.
problem-bad-expiry-of = A token lasts 1 to { $most } days.
problem-no-account-of = There is no account here for “{ $name }”. Ask an administrator for one, and tell them: { $subject }
problem-atomic-refused-of = All or nothing: { $refused } of { $count } targets are not possible, so nothing was sent.
problem-in-progress-of = Batch { $batch } is still under way.
problem-withdrawn-of = { $name } withdrew this batch. Nothing was sent.
problem-nothing-to-undo-of = In batch { $batch } there is nothing to undo.
problem-nothing-to-retry-of = In batch { $batch } there is nothing to try again.
problem-needs-second-person-of = { $fields }: this needs a second person. Nothing was sent yet.
problem-asker-gone-of = { $name } asked for this and may not change it any more.
problem-too-many-batches-of = You send batches too fast. Send this one again in { $seconds } s.
problem-too-many-targets-of = You may give { $most } targets at once, and { $more } more an hour. Nothing was sent.
problem-too-many-held-of = { $most } batches wait for a second person already. Have some confirmed first.
problem-too-many-withdrawn-of = You withdrew { $most } batches before they arrived. Wait a moment, then try again.
problem-too-much-under-way-of = The server has { $most } targets under way, as many as it takes. Try again in a minute.
problem-too-many-reads-of = { $most } of your questions wait already. Wait for some of the answers.
problem-too-many-entries-of = Line { $line } has { $most } reasons and notes for that week already.
problem-unknown-file-of = No workbook was kept for batch { $batch }.
problem-unknown-signal-of = “{ $name }” is no field that is recorded.
problem-unknown-alarm-of = There is no alarm “{ $name }” of this machine, or you may not see it.
problem-alarm-state-of = { $name } has acknowledged this already.
