/** Writes the reference pages, and the IAM policy, that are generated from the code. */
import { writeFileSync } from "node:fs";
import { DOCTOR_POLICY } from "../../cli/proof/policy";
import { DOCTOR_PAGE, DOCTOR_POLICY_FILE, doctorPage } from "./doctor";
import { FACTORY_YAML_PAGE, factoryYamlPage } from "./factory-yaml";
import { RULES_PAGE, rulesPage } from "./rules";

writeFileSync(DOCTOR_PAGE, doctorPage());
writeFileSync(DOCTOR_POLICY_FILE, `${JSON.stringify(DOCTOR_POLICY, null, 2)}\n`);
writeFileSync(FACTORY_YAML_PAGE, factoryYamlPage());
writeFileSync(RULES_PAGE, rulesPage());
