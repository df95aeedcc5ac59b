// Writes docs/reference/permissions.md.
import { writeFileSync } from "node:fs";
import { PERMISSIONS_PAGE, permissionsPage } from "./permissions-page";

writeFileSync(PERMISSIONS_PAGE, permissionsPage());
