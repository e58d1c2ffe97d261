"""The whole of Setpoint in simulated time, from a seed: hub, commands, machines, database, network, clients, people.

All decisions are made by the product's own code. This package simulates the things around it, each with the faults of
real ones: a network that delays, loses, repeats and cuts, a disk that takes its time, a server that dies between two
instructions, machines that freeze and land late, computers that sleep. One clock, one source of randomness: the same
seed gives the same schedule, step by step.

    clock     one heap of what happens when
    floor     machines and their controllers: what they take, when they tell, what they log
    server    one life of the server: hub and commands, and a database that survives it
    network   connections and requests between the two ends
    client    a person's program: link and store, and the HTTP beside them
    people    what is done to all of it: the schedule
    schedule  one seed, played and judged; and made small when it fails
    laws      what must hold at every step, and at the end
    mutants   plausible bugs, each of which some law must catch
"""
