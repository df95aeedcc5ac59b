import { readFileSync } from "node:fs";
import { PERMISSIONS_PAGE, permissionsPage } from "../../../tools/policy-proofs/permissions-page";

test(`${PERMISSIONS_PAGE} shows the synthesized policies; if not, run npm run permissions`, () => {
  expect(readFileSync(PERMISSIONS_PAGE, "utf8")).toBe(permissionsPage());
});
