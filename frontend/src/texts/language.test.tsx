// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { AlertBar } from "../features/alerts/AlertBar.tsx";
import { changePercent, clockOf, measured, statusWord } from "../format/index.ts";
import { endWords, fileProblem, layerSentence } from "../format/sentences.ts";
import { readTarget, targetText } from "../format/target.ts";
import { formOf, issueMessage, parseSheets, WorkbookError } from "../ingest/index.ts";
import { mount, PLANT, RUNNING } from "../testing/mount.tsx";
import { damaged, tooManyRows } from "../workers/limits.ts";
import { loadLanguage, t } from "./catalogue.ts";
import { languageFor } from "./language.ts";
import { messageText } from "./message.ts";

afterEach(() => loadLanguage("en"));

test("the language comes from the address, then from the menu's choice, then from the browser", () => {
  expect(languageFor("?lang=de", "en", ["en"])).toBe("de");
  expect(languageFor("", "de", ["en-US"])).toBe("de");
  expect(languageFor("", null, ["fr-FR", "de-AT", "en"])).toBe("de");
  expect(languageFor("?lang=fr", null, ["fr"])).toBe("en");
});

test("German shows numbers, times and statuses in the German way", async () => {
  await loadLanguage("de");
  const speed = PLANT.fields[0];
  if (!speed) throw new Error("the test plant has a field");
  expect(measured({ ...speed, decimals: 1 }, 1204.5)).toBe("1.204,5 rpm");
  expect(changePercent(1000, 966)).toBe("−3,4 %");
  expect(clockOf("UTC").full(0)).toBe("1. Jan. 1970, 00:00:00");
  expect(statusWord("EMERGENCY_STOP")).toBe("NOT-HALT");
  expect(document.documentElement.lang).toBe("de");
});

test("the language changes only what is shown, never how an input is read (XL-2)", async () => {
  const field = PLANT.writable[0];
  if (!field) throw new Error("the test plant has a field that can be set");
  const inputs = ["1250,5", "1250.5", "1.234", "1 250", "x"];
  const read = () =>
    inputs.map((text) => readTarget(field, text)).map((each) => ("value" in each ? each.value : "no"));
  const english = read();
  await loadLanguage("de");
  expect(read()).toEqual(english);
  expect(targetText(field, 1250.5)).toBe("1250.5 rpm");
});

test("a page in German says in German what needs attention", async () => {
  await loadLanguage("de");
  const wire = mount(<AlertBar />, { m_401: RUNNING });
  wire.report({ m_401: { status: "FAULT" } });
  const bar = screen.getByRole("region", { name: "Was Aufmerksamkeit braucht" });
  expect(bar.textContent).toContain("STÖRUNG m:401");
  expect(bar.textContent).toContain("(Linie 01)");
});

test("English messages are shown by their code, and only the machine's own answer stays as it came", async () => {
  const stop = {
    outcome: "cancelled",
    message: "voided by EMERGENCY_STOP",
    by: { kind: "safety", name: "EMERGENCY_STOP" },
  } as const;
  expect(endWords(stop)).toBe("voided by EMERGENCY STOP");
  expect(layerSentence("same-person", "You asked for this.")).toBe("You asked for this.");
  expect(layerSentence("unknown-batch", "there is no batch 'x'")).toBe("There is no batch 'x'.");
  await loadLanguage("de");
  expect(endWords(stop)).toBe("Verworfen durch NOT-HALT");
  const blocked = { outcome: "blocked", message: "FAULT: belt: torn" } as const;
  expect(endWords({ ...blocked, by: stop.by })).toBe("STÖRUNG: belt: torn");
  expect(endWords(blocked)).toBe("STÖRUNG: belt: torn");
  expect(endWords({ outcome: "failed", message: "The drive is locked" })).toContain("„The drive is locked“");
  const code = { code: "words-controller-refuses-while", args: { status: "FAULT" } };
  const refused = { message: "the controller refuses while FAULT holds", said: code };
  expect(endWords({ ...refused, outcome: "failed" })).toContain(
    "„die Steuerung lehnt ab, solange FAULT gilt“",
  );
  expect(endWords({ ...refused, outcome: "unknown" })).toBe("die Steuerung lehnt ab, solange FAULT gilt");
  expect(endWords({ ...refused, outcome: "conflict" })).toBe("Von einer anderen Person geändert");
  expect(layerSentence("same-person", "You asked for this.")).toBe("Das muss eine andere Person bestätigen.");
  expect(layerSentence("name-taken", "There is one.", { name: "anna" })).toContain("„anna“");
  expect(layerSentence("name-taken", "There is one.")).not.toContain("$");
  expect(layerSentence("newer-code", "A newer server says so.")).toContain("newer-code");
  expect(fileProblem({ code: "empty" }, "The file is empty.")).toBe("Die Datei ist leer.");
});

test("the refusal of a workbook is shown in the language, by code and arguments (XL-9)", async () => {
  const { batch } = parseSheets(
    [
      {
        name: "S",
        rows: [
          ["Machine ID", "Target Speed"],
          ["m:401", "120 %"],
          ["m:401", 9],
        ],
      },
    ],
    formOf(PLANT),
    "tx",
  );
  const sentences = () => batch.errors.map((each) => messageText(issueMessage(each)));
  expect(sentences()).toEqual([
    "Target Speed takes a number from 0 to 3000 rpm, not the percentage “120 %”.",
    "m:401 is in row 3 too. Leave one of them.",
    "m:401 is in row 2 too. Leave one of them.",
  ]);
  await loadLanguage("de");
  expect(sentences()).toEqual([
    "Target Speed: erwartet wird eine Zahl von 0 bis 3000 rpm; hier steht der Prozentwert „120 %“.",
    "m:401 steht auch in Zeile 3. Lassen Sie eine davon stehen.",
    "m:401 steht auch in Zeile 2. Lassen Sie eine davon stehen.",
  ]);
  const columns = ["quoted", "list-more"].map((code) => ({ code, args: { text: "A", count: 1200 } }));
  expect(messageText({ code: "issue-ignored_columns", args: { columns: ["B", ...columns] } })).toBe(
    "Spalten, die hier unbekannt sind, wurden ausgelassen: B, „A“ und 1.200 weitere.",
  );
});

test.each([
  [
    ["Machine", "Speed"],
    "Diese Datei ist keine Liste von Sollwerten: Es fehlt „Machine ID“; auf dem Blatt „S“ steht in Zeile 1 „Machine“ und „Speed“. Holen Sie die Vorlage.",
  ],
  [
    ["Machine ID", "Target Speed", "target_speed"],
    "Die Spalte „Target Speed“ steht 2 Mal in Zeile 1, in den Spalten B und C. Lassen Sie eine davon stehen.",
  ],
  [
    ["Machine ID", "Target Speed [Hz]"],
    "Die Überschrift „Target Speed [Hz]“ in Zeile 1 hat eine Einheit, die hier unbekannt ist. Rechnen Sie die Zahlen um, und nennen Sie die Spalte „Target Speed [rpm]“.",
  ],
])("the refusal of the header %j says in German what is wrong, and where (XL-9)", async (header, words) => {
  await loadLanguage("de");
  let refusal: unknown;
  try {
    parseSheets([{ name: "S", rows: [header, ["x", 1]] }], formOf(PLANT), "tx");
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(WorkbookError);
  expect(fileProblem(refusal as WorkbookError, "in English")).toBe(words);
});

test("the refusal of a damaged or too long file says in German where (XL-9)", async () => {
  await loadLanguage("de");
  expect(fileProblem(damaged("cell B2 …", "Plan", "B2"), "in English")).toBe(
    "Die Datei ist beschädigt: Die Zelle B2 des Blatts „Plan“ ist nicht lesbar. Öffnen Sie die Datei in einem Tabellenprogramm, speichern Sie sie neu, und senden Sie diese.",
  );
  expect(fileProblem(damaged("sheet …", "Plan"), "in English")).toMatch("Das Blatt „Plan“ ist nicht lesbar");
  expect(fileProblem(damaged("its zip …"), "in English")).toMatch("Die Datei ist beschädigt. Öffnen Sie sie");
  expect(fileProblem(tooManyRows("Plan"), "in English")).toBe(
    "Das Blatt „Plan“ hat Zellen unter Zeile 1000000; weiter wird nicht gelesen. Teilen Sie es.",
  );
});

test("the pseudo-locale changes every letter of a text and none of its arguments", async () => {
  await loadLanguage("pseudo");
  expect(t("frame-line", { line: "AB" })).toMatch(/^[^A-Za-z]+ AB/);
});
