/** Writes the page about security. */
import { writeFileSync } from "node:fs";
import { exampleFixture, SECURITY_PAGE } from "./example";
import { securityPage } from "./security-page";

async function main(): Promise<void> {
  writeFileSync(SECURITY_PAGE, securityPage(await exampleFixture()));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
