/** Tests that take long and repeat a promise run in `make test-full` only; see `tests/examples.py`. */
export const IS_FULL = process.env.SETPOINT_TESTS === "full";
