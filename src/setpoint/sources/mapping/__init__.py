"""From places of a machine (metrics, registers, topics) to the fields of the plant and back; shared by sources.

`settings` has what a plant file may say of places, `config` reads it, `values` converts between the machine's values
and the plant's, `image` holds what is known of one machine, `readings` fills it, `writes` answers each write exactly
once. Nothing here speaks a protocol.
"""
