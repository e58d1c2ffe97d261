import { expect, it } from "vitest";
import type { Attributes } from "./attributes.ts";
import { type XmlListener, XmlScanner } from "./scanner.ts";

const NAMESPACES = { "urn:main": "", "urn:other": "o" };

/** Everything that a scanner reports, as lines. */
class Recorder implements XmlListener {
  readonly onText: XmlListener["onText"];
  readonly events: string[] = [];

  constructor(onText: XmlListener["onText"] = "take") {
    this.onText = onText;
  }

  open(name: string, depth: number, attributes: Attributes): void {
    const names = attributes.names.slice(0, attributes.count).filter((each) => !each.startsWith("xmlns"));
    this.events.push(`${depth} <${name}${names.map((each) => ` ${each}=${attributes.get(each)}`).join("")}>`);
  }

  close(name: string, depth: number): void {
    this.events.push(`${depth} </${name}>`);
  }

  text(source: string, start: number, end: number): void {
    const text = source.slice(start, end);
    const last = this.events.at(-1) ?? "";
    if (last.startsWith("'")) this.events[this.events.length - 1] = last + text;
    else this.events.push(`'${text}`);
  }
}

function eventsOf(
  xml: string,
  pieces: readonly string[] = [xml],
  onText: XmlListener["onText"] = "take",
): string[] {
  const recorder = new Recorder(onText);
  const scanner = new XmlScanner(recorder, NAMESPACES);
  for (const piece of pieces) scanner.push(piece);
  scanner.end();
  return recorder.events;
}

const DOCUMENT = `<?xml version="1.0" encoding="UTF-8"?>
<!-- a > comment --><x:a
 xmlns:x = 'urn:main' xmlns:y="urn:other"
 b="1 &lt; 2" y:c='"'
><x:d/>t&#x41;&amp;<![CDATA[<&]]>u<?go on?><e xmlns="urn:other">&#128512;</e ></x:a>
<!-- behind -->
`;

it("reports the elements of a document by namespace, whatever its prefixes, quotes and line breaks", () => {
  expect(eventsOf(DOCUMENT)).toEqual([
    '0 <a b=1 < 2 o:c=">',
    "1 <d>",
    "1 </d>",
    "'tA&<&u",
    "1 <o:e>",
    "'\u{1f600}",
    "1 </o:e>",
    "0 </a>",
  ]);
});

it("reports the same wherever the document is split", () => {
  const whole = eventsOf(DOCUMENT);
  for (let at = 0; at <= DOCUMENT.length; at++) {
    expect(eventsOf(DOCUMENT, [DOCUMENT.slice(0, at), DOCUMENT.slice(at)])).toEqual(whole);
  }
  expect(eventsOf(DOCUMENT, Array.from(DOCUMENT))).toEqual(whole);
});

it("reads a line end as one line feed in a text and as a space in an attribute", () => {
  expect(eventsOf('<a b="1\r\n2\t3">4\r\n5\r6</a>')).toEqual(["0 <{}a b=1 2 3>", "'4\n5\n6", "0 </{}a>"]);
});

it.each([
  ["no root", " "],
  ["a tag that does not close", "<a><b></a>"],
  ["an end too early", "<a><b></b>"],
  ["a tag cut off", "<a><b"],
  ["a second root", "<a/><b/>"],
  ["text before the root", "x<a/>"],
  ["text behind the root", "<a/>x"],
  ["attributes without a space between them", '<a b="1"c="2"/>'],
  ["an attribute without quotes", "<a b=1/>"],
  ["an attribute without a value", "<a b/>"],
  ["an attribute twice", '<a b="1" b="2"/>'],
  ["an attribute twice under two prefixes", '<a xmlns:x="urn:main" xmlns:y="urn:main" x:b="1" y:b="2"/>'],
  ["a < in an attribute", '<a b="<"/>'],
  ["a prefix that is not declared", "<x:a/>"],
  ["a name with two colons", '<x:y:a xmlns:x="urn:main"/>'],
  ["a name that begins with a digit", "<1a/>"],
  ["a space before the name", "< a/>"],
  ["an unknown entity", "<a>&nbsp;</a>"],
  ["a reference without an end", "<a>&amp</a>"],
  ["a reference to no character", "<a>&#xD800;</a>"],
  ["a reference to a forbidden character", "<a>&#0;</a>"],
  ["a forbidden character", "<a>\x01</a>"],
  ["a bad reference in an attribute that nobody asks for", '<a b="&x;"/>'],
  ["]]> in a text", "<a>]]></a>"],
  ["-- in a comment", "<a><!-- -- --></a>"],
  ["an XML declaration that does not come first", ' <?xml version="1.0"?><a/>'],
  ["another encoding", '<?xml version="1.0" encoding="ISO-8859-1"?><a/>'],
])("refuses %s", (_, xml) => {
  expect(() => eventsOf(xml)).toThrow();
  expect(() => eventsOf(xml, Array.from(xml))).toThrow();
});

it("refuses a document type and names it [XL-7]", () => {
  expect(() => eventsOf('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')).toThrow(/document type/);
});

it("refuses text where only white space is allowed", () => {
  expect(() => eventsOf("<a> x </a>", undefined, "refuse")).toThrow();
  expect(eventsOf("<a> \n\t</a>", undefined, "refuse")).toEqual(["0 <{}a>", "0 </{}a>"]);
});

it("bounds how deep elements are nested, and how long a tag is", () => {
  expect(() => eventsOf("<a>".repeat(1_000))).toThrow();
  const scanner = new XmlScanner(new Recorder(), NAMESPACES);
  expect(() => {
    scanner.push('<a b="');
    for (let count = 0; count < 100; count++) scanner.push("x".repeat(100_000));
  }).toThrow();
});
