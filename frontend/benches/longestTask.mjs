const MARK = "the page whose tasks are wanted";

/**
 * Returns the longest task of the page's main thread during `run`, in CPU time and in wall time. The browser's own
 * pages also have main threads. A mark identifies ours.
 */
export async function longestTask(page, run) {
  const session = await page.context().browser().newBrowserCDPSession();
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  const includedCategories = ["disabled-by-default-devtools.timeline", "blink.user_timing"];
  const traceConfig = { includedCategories, excludedCategories: ["*"] };
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig });
  await page.evaluate((mark) => performance.mark(mark), MARK);
  await run();
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  const threadOf = ({ pid, tid }) => `${pid} ${tid}`;
  const marked = events.find(({ name }) => name === MARK);
  if (!marked) throw new Error("a trace with the page's mark was expected, none is in it");
  const tasks = events.filter((event) => event.name === "RunTask" && threadOf(event) === threadOf(marked));
  const longest = (name) => Math.max(0, ...tasks.map((task) => (task[name] ?? 0) / 1000));
  return { longestCpuMs: longest("tdur"), longestWallMs: longest("dur") };
}
