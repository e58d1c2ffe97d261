"""The whole of Setpoint in simulated time, from a seed: hub, commands, machines, database, network, clients, people.

The product's own code makes all decisions. This package simulates the things around it, with the faults of real ones: a
network that delays, loses, repeats and cuts; a slow disk; a server that dies between two instructions; machines that
freeze or carry out writes late; computers that sleep. There is one clock and one source of randomness, so the same seed
gives the same schedule, step by step.

    clock     one heap of planned events
    floor     machines and their controllers: what they accept, when they report, what they log
    server    one life of the server: hub and commands, and a database that survives it
    network   connections and requests between the two ends
    client    a person's program: link and store, and the HTTP beside them
    people    the acts of a schedule: what people, machines, the network and chance do
    schedule  plays and judges one seed, and shrinks a schedule that fails
    laws      what must hold at every step, and at the end
    mutants   plausible bugs, each of which some law must catch
"""
