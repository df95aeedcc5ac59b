import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { loadFactory } from "../../config/load";
import { addStacks } from "../../stacks/all-stacks";
import { DOCUMENT, minimalFactory, WORKFLOW, withFolder } from "../../tools/fixtures/factory-file";
import { FUNCTION_DIRECTORIES, synth } from "../../tools/fixtures/synth";

const LF = { "agent.yaml": DOCUMENT, "gate.yaml": WORKFLOW };
const CRLF = {
  "agent.yaml": DOCUMENT.replaceAll("\n", "\r\n"),
  "gate.yaml": WORKFLOW.replaceAll("\n", "\r\n"),
};

test("a checkout with CRLF line endings changes no stack", () => {
  const [lf, crlf] = [LF, CRLF].map((documents) =>
    JSON.stringify(
      synth((f) => (f.images.base.workflows = { tests: [{ document: "gate.yaml" }] }), documents),
      (key, value) => (key === "//" ? undefined : value),
    ),
  );
  expect(crlf).toBe(lf);
});

test("component documents are uploaded with LF line endings", () => {
  const outdir = mkdtempSync(join(tmpdir(), "cdktf-out-"));
  withFolder({ file: minimalFactory(), documents: CRLF }, (path) => {
    const app = new App({ outdir });
    addStacks(app, loadFactory(path), { ...FUNCTION_DIRECTORIES, bootstrap: false });
    app.synth();
  });
  const files = readdirSync(outdir, { recursive: true, encoding: "utf8" });
  const uploaded = files.filter((file) => file.endsWith("agent.yaml"));
  expect(uploaded).not.toEqual([]);
  for (const file of uploaded) expect(readFileSync(join(outdir, file), "utf8")).toBe(DOCUMENT);
  rmSync(outdir, { recursive: true });
});
