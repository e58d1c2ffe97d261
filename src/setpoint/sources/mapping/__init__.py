"""From places of a machine (metrics, registers, topics) to the fields of the plant and back; shared by sources.

`settings` has the settings of places in a plant file, `config` reads it, `values` converts between the machine's values
and the plant's, `image` holds the known state of one machine, `readings` fills it, `writes` answers each write exactly
once. Nothing here speaks a protocol.
"""
