import { readFileSync } from "node:fs";
import { z } from "zod";
import { embeddedJson, renderPage } from "../../catalogue/document";
import { exampleCatalogue } from "../../catalogue/example";
import { Catalogue } from "../../catalogue/schema";

const DEMO = exampleCatalogue();

test("embeddedJson contains nothing that ends or opens an element, a comment or a line", () => {
  const text = "</script><!--<script>\u2028\u2029";
  const json = embeddedJson({ ...DEMO, organization: text });
  expect(json).not.toMatch(/[<\u2028\u2029]/);
  expect(JSON.parse(json).organization).toBe(text);
});

test("embeddedJson replaces characters that reorder text", () => {
  const json = embeddedJson({ ...DEMO, organization: "a\u202eb\u2066c\u200fd" });
  expect(JSON.parse(json).organization).toBe("a\ufffdb\ufffdc\ufffdd");
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
