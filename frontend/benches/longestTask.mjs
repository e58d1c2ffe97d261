/** The longest task of the page's main thread while `run` is under way, by its own time and by the clock. */
export async function longestTask(browser, run) {
  const session = await browser.newBrowserCDPSession();
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  const includedCategories = ["disabled-by-default-devtools.timeline"];
  const traceConfig = { includedCategories, excludedCategories: ["*"] };
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig });
  await run();
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  const threadOf = ({ pid, tid }) => `${pid} ${tid}`;
  const threads = new Set(
    events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(threadOf),
  );
  const tasks = events.filter((event) => event.name === "RunTask" && threads.has(threadOf(event)));
  const longest = (name) => Math.max(0, ...tasks.map((task) => (task[name] ?? 0) / 1000));
  return { longestCpuMs: longest("tdur"), longestWallMs: longest("dur") };
}
