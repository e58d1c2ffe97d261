/** What takes long and repeats a promise runs in `make test-full` only; see `tests/examples.py`. */
export const IS_FULL = process.env.SETPOINT_TESTS === "full";
