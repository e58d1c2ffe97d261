# What a row of a workbook is refused or warned for (XL-9), by its code. Numbers of cells come as they are to be typed.
issue-boolean = { $column } takes { $wants }, not { $value }.
issue-error_value = { $column } takes { $wants }, not the error { $error }.
issue-no_cached_value = { $column } has a formula that was saved without its value. Open the workbook in a spreadsheet program and save it again.
issue-date = { $column } takes { $wants }, not a date or time.
issue-other_digits = { $shows ->
    [nothing] { $column } takes { $wants }; the cell has { $value }, and its number format hides it. Give the cell the format General.
    [other] { $column } takes { $wants }; the cell has { $value }, and its number format shows something else. Give the cell the format General.
   *[text] { $column } takes { $wants }; the cell has { $value }, and its number format shows “{ $seen }”. Give the cell the format General.
}
issue-covered = { $column } takes { $wants }; the cell has a value under a merged cell, where nobody sees it. Split the merged cell.
issue-hidden_zero = { $column } takes { $wants }; the cell has a 0, and the sheet hides zeros. Let the sheet show them, or clear the cell.
issue-merged = { $column } is merged with the cell in row { $row }; nobody can say whether its value counts in this row. Unmerge the cells, and fill in each of them.
issue-more_fields = The row has { $count } fields, the header { $most }. A number with a decimal comma may have been cut in two: put it in quotes, or separate the columns with semicolons.
issue-struck = { $column } takes { $wants }; “{ $text }” is struck out, or a part of it is. Write only what counts, and clear the rest.
issue-conditional_format = { $column } takes { $wants }; a conditional format may strike out “{ $text }” here, or show something else. Remove its rule from the cell.
issue-other_table = Another table begins in row { $row }; its columns are not those of the first, so that nothing below it is read. Put it on a sheet of its own.
issue-unknown_letters = { $column } takes { $wants }; the cell has “{ $text }”, in a code page that is not known. Choose the file’s encoding, or save it as CSV UTF-8.
issue-unseen_letters = { $column } takes { $wants }; “{ $text }” has characters that nobody sees, or that turn the direction of writing. Type it again.
issue-only_id = Nothing is asked of { $machines }. Fill in { $columns }.
issue-required = { $column } is empty.
issue-no_id = { $column } is empty.
issue-ambiguous_id = “{ $text }” can be { $one }, or { $other }. Write m: and the name of the one that is meant.
issue-bad_id = { $column } takes a machine such as m:402, not { $value }.
issue-unknown_machine = { $machine } is no machine of this plant.
issue-doubled_machine = { $count ->
    [one] { $machine } is in row { $rows } too. Leave one of them.
   *[other] { $machine } is in rows { $rows } too. Leave one of them.
}
issue-cast = { $as ->
    [number] The text “{ $text }” was read as the number { $number }.
    [text] The number { $number } was read as a text.
    [shown] The number { $number }, shown as { $digits }, was read as a text.
   *[option] “{ $text }” was read as { $option }.
}
issue-id_read_as = { $as ->
    [shown] The number { $from }, shown as { $digits }, was read as { $machines }.
   *[written] { $from } was read as { $machines }.
}
issue-hidden_sheet = The sheet “{ $sheet }” is hidden; it was read all the same.
issue-other_sheets = { $count ->
    [one] A sheet that was not read: { $sheets }.
   *[other] Sheets that were not read: { $sheets }.
}
issue-code_page = { $page ->
    [unknown] The encoding of the file is not known. Texts were read only where all encodings that it may have agree. If it is not right, choose the encoding.
   *[other] The file was read as { $page }, the only encoding in which it names columns or options of this plant. If it is not right, choose the encoding.
}
issue-no_header = There is no header. The columns were read by their shape: { $columns }.
issue-other_unit = The header “{ $header }” was read as “{ $column }”, which has no unit.
issue-converted_unit = The header “{ $header }” is in { $from }: its numbers were multiplied by { $factor } to be in { $unit }.
issue-hidden_column = Column { $letters } ({ $column }) is hidden; it was read as well.
issue-ignored_columns = Columns that are not known here were left out: { $columns }.
issue-nameless_columns = The header gives these columns no name; they were left out: { $columns }.
issue-many_columns = Only the first { $most } columns were read.
issue-blank_rows = { $count ->
    [one] { $count } blank row was skipped.
   *[other] { $count } blank rows were skipped.
}
issue-header_again = { $count ->
    [one] { $count } row is the header again, and was skipped.
   *[other] { $count } rows are the header again, and were skipped.
}
issue-total_rows = { $count ->
    [one] { $count } row has totals of a table, and was skipped.
   *[other] { $count } rows have totals of a table, and were skipped.
}
issue-hidden_rows = { $count ->
    [one] { $count } hidden row was read as well.
   *[other] { $count } hidden rows were read as well.
}
issue-more_errors = There are more than { $most } errors; only the first { $most } are listed.
issue-no_rows = There is nothing in the rows below the header.
wants-takes = { $column } takes { $wants }.
