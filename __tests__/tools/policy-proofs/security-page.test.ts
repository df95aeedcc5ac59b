import { readFileSync } from "node:fs";
import { exampleFixture, SECURITY_PAGE } from "../../../tools/policy-proofs/example";
import { securityPage } from "../../../tools/policy-proofs/security-page";

test(`${SECURITY_PAGE} is up to date (npm run security writes it)`, async () => {
  expect(readFileSync(SECURITY_PAGE, "utf8")).toBe(securityPage(await exampleFixture()));
});
