import { readFileSync } from "node:fs";
import { exampleSubject, PAGE } from "../../../tools/policy-proofs/example";
import { securityPage } from "../../../tools/policy-proofs/security-page";

test("docs/security.md says what the policies say; if not: npm run security", async () => {
  expect(readFileSync(PAGE, "utf8")).toBe(securityPage(await exampleSubject()));
});
