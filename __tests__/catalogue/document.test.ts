import { readFileSync } from "node:fs";
import { z } from "zod";
import { embeddedContent, renderPage } from "../../catalogue/document";
import { exampleCatalogue } from "../../catalogue/example";
import { readEmbedded } from "../../catalogue/page/embedded";
import { Catalogue } from "../../catalogue/schema";

const DEMO = exampleCatalogue();

test("embeddedContent contains nothing that ends or opens an element, a comment or a line", async () => {
  const text = "</script><!--<script>\u2028\u2029";
  const content = embeddedContent({ ...DEMO, organization: text });
  expect(content).toMatch(/^[A-Za-z0-9+/=]+$/);
  expect((await readEmbedded(content)).organization).toBe(text);
});

test("embeddedContent replaces characters that reorder text", async () => {
  const content = embeddedContent({ ...DEMO, organization: "a\u202eb\u2066c\u200fd" });
  expect((await readEmbedded(content)).organization).toBe("a\ufffdb\ufffdc\ufffdd");
});

test("readEmbedded returns the catalogue that embeddedContent contains", async () => {
  expect(await readEmbedded(embeddedContent(DEMO))).toEqual(JSON.parse(JSON.stringify(DEMO)));
});

test("renderPage allows exactly the script and the styles of the page", () => {
  const page = renderPage(DEMO, { script: "run()", styles: "a{}" });
  const policy = /content="(default-src[^"]*)"/.exec(page)?.[1];
  // echo -n 'run()' | openssl dgst -sha256 -binary | base64
  expect(policy).toBe(
    "default-src 'none'; script-src 'sha256-AvyuiL0SD1mVY3NNxR+V2uo+lhk6RMFrytWmRt6CrJQ='; style-src 'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk='; base-uri 'none'; form-action 'none'",
  );
  expect(page).toContain("<script>run()</script>");
  expect(page).toContain("<style>a{}</style>");
});

test("the example is valid and the same each time", () => {
  expect(Catalogue.parse(DEMO)).toEqual(DEMO);
  expect(exampleCatalogue()).toEqual(DEMO);
});

test("catalogue.schema.json accepts what the command writes, and nothing else", () => {
  const schema = z.fromJSONSchema(JSON.parse(readFileSync("catalogue.schema.json", "utf8")));
  const written = JSON.parse(JSON.stringify(DEMO));
  expect(schema.safeParse(written).error).toBeUndefined();
  expect(schema.safeParse({ ...written, format: 2 }).success).toBe(false);
  expect(schema.safeParse({ ...written, unknown: true }).success).toBe(false);
  const { packages: _, ...incomplete } = written;
  expect(schema.safeParse(incomplete).success).toBe(false);
});
