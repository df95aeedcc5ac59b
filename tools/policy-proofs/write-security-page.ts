// Writes docs/security.md.
import { writeFileSync } from "node:fs";
import { exampleSubject, PAGE } from "./example";
import { securityPage } from "./security-page";

exampleSubject().then((subject) => writeFileSync(PAGE, securityPage(subject)));
