# The help of each command. `command-all` is that of `setpoint` itself.
command-all = A live data layer and board for factories.
command-demo = Run a simulated plant and the board, without sign-in, on this computer only.
command-serve = Run your plant, with sign-in.
command-upload =
    Show what a workbook of targets would change, send it, and follow every row to its outcome.

    Exits with 0 if everything was applied, 1 if rows failed or were refused, 2 if the file is not a workbook of targets, 3 if there is no connection.
command-undo = Restore the values before a batch, except for fields that others changed since.
command-retry = Send the targets of a batch again that did not take effect.
command-watch =
    Show a topic live: every machine's actual values and set-points, and which are stale, pending or critical.

    With --json: one object on each line, first for every machine, then for each machine that changes.
command-shifts = Show a shift's report, of the newest shift by default: OEE and why, losses, stops, changes, notes.
command-template = Write a workbook with current set-points, ranges and choices; fill in targets and upload it.
command-check =
    Check a plant file: lines, machines, fields, sources. Exits with 2 if it cannot be used.

    With --connect it also reads every node of every source and prints one line for each: type, value, quality, writable or not. It writes nothing. Exits with 1 if a node is not as the plant file says or cannot be tried.
command-conform =
    Check a server's /live and /api/batches against the rules of conformance/SPEC.md.

    Commits batches that ask for values which are there already, so nothing moves. Exit code 1 if a rule does not hold.
command-events = List what happened, newest first: stops, contact, alarms, targets, changes.
command-alarms = List the alarms that are not normal, by priority, and how many there were.
command-backup = Write a backup while the server runs: the database, and the plant file beside it.
command-restore = Restore a backup. Stop the server first. An existing database is moved aside.
command-retention = Show or set how long records are kept. Older ones are removed at once, and by the server once a day.
command-opcua = Connect machines over OPC UA.
command-opcua-certificate = Make Setpoint's own certificate and key. Every server that Setpoint connects to must trust setpoint.der.
command-opcua-trust = Fetch a server's certificate, show it so that you can compare it with the server's screen, and save it.
command-opcua-browse =
    Walk a server and propose a plant file for the machines that it seems to have.

    Exits with 1 if it recognises nothing; then use --pick.
command-audit = Show who changed what, when and why; check that the audit is complete.
command-audit-verify =
    Find any record that was edited, removed, inserted or moved. Exits with 1 if something differs.

    The command checks the audit's hash chain, and compares the tables that people see (batches, outcomes, events, accounts, workbooks) with the audit.
command-plant = The plant of a server that runs, and the plant file.
command-plant-reload =
    Let the server read its plant file again. For administrators of the whole plant.

    Connections stay, and so do machines that stay, with what is under way. A file that cannot be used changes nothing.
command-plant-schema = Print the JSON Schema of the plant file, for editors. A plant file names it in its first line: #:schema ./plant.schema.json
command-user = Accounts: add, list, grant, disable, enable, link.
command-user-add = Add an account, and print the link with which its owner chooses a password.
command-user-list = List the accounts with their rights.
command-user-grant = Replace the rights of an account. Its open pages end within five seconds.
command-user-disable = Disable an account. Its pages and programs end within five seconds; its history stays.
command-user-enable = Enable a disabled account again.
command-user-link = Print a new link with which the owner of an account chooses a password. Using it ends their sessions.
command-user-limits = Show the limits of an account, and change those that you give. A change takes effect within seconds.
command-token = Tokens of programs: create, list, revoke.
command-token-create = Create a token for a program, in the name of an account, and print it. It cannot be shown again.
command-token-list = List the tokens that nobody has revoked. Their text is not stored anywhere.
command-token-revoke = Revoke a token. Its open connections end within five seconds.
command-deliveries = List messages to other systems and people, newest first. For administrators of the whole plant.
command-mcp = Serve the plant to an assistant (MCP): it reads, and proposes targets that a person confirms.
