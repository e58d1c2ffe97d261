/** Debian's Firefox, driven by WebDriver BiDi. */
import puppeteer from "puppeteer-core";
import type { Engine } from "./engine.ts";

const FIREFOX = process.env.SETPOINT_FIREFOX ?? "/usr/bin/firefox-esr";

export async function firefox(): Promise<Engine> {
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: FIREFOX, headless: true });
  const page = await browser.newPage();
  return {
    async open(url) {
      await page.goto(url);
    },
    run: (code, ...args) => page.evaluate(code as never, ...(args as unknown as never[])),
    click: (selector) => page.click(selector),
    resize: (width, height) => page.setViewport({ width, height }),
    close: () => browser.close(),
  };
}
