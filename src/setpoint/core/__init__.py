"""The core decides and has no I/O: events and ``now_ms`` in, state and effects out.

It has no clock, socket, file, thread or random number: whoever uses it carries out the effects. These packages have one
entry point each that programs can use without a server:

    ingest      `parse_batch`: the cells of a sheet to a `ParsedBatch`               vectors: ingest, formats
    preview     `look`: a batch and what is known of the machines, to its rows        vectors: preview
    link        `step`: one client's connection                                      vectors: link
    store       `Store.step`: `$server`, `$pending` and `$view`                      vectors: store
    alarms      `step`: one alarm by ISA-18.2                                        vectors: alarms
    engine      `Engine.handle`: the whole server                                    vectors: commands, flow, kpis

The vectors in ``conformance/vectors`` are the same behaviour as data, for programs in other languages.
"""
