/** Tests that take long and repeat a promise run only in `make test-full`. See `tests/examples.py`. */
export const IS_FULL = process.env.SETPOINT_TESTS === "full";
