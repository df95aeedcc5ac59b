/** Writes the reference pages and IAM policies that are generated from the code. */
import { writeFileSync } from "node:fs";
import { ASSUMPTIONS_POLICY } from "../../cli/proof/assumptions/policy";
import { DOCTOR_POLICY } from "../../cli/proof/policy";
import { PROVE_POLICY } from "../../cli/proof/prove/policy";
import {
  ASSUMPTIONS_POLICY_FILE,
  DOCTOR_PAGE,
  DOCTOR_POLICY_FILE,
  doctorPage,
  PROVE_POLICY_FILE,
  renderPolicy,
} from "./doctor";
import { EXPERIMENTS_PAGE, experimentsPage } from "./experiments";
import { FACTORY_YAML_PAGE, factoryYamlPage } from "./factory-yaml";
import { RULES_PAGE, rulesPage } from "./rules";

writeFileSync(DOCTOR_PAGE, doctorPage());
writeFileSync(DOCTOR_POLICY_FILE, renderPolicy(DOCTOR_POLICY));
writeFileSync(PROVE_POLICY_FILE, renderPolicy(PROVE_POLICY));
writeFileSync(ASSUMPTIONS_POLICY_FILE, renderPolicy(ASSUMPTIONS_POLICY));
writeFileSync(EXPERIMENTS_PAGE, experimentsPage());
writeFileSync(FACTORY_YAML_PAGE, factoryYamlPage());
writeFileSync(RULES_PAGE, rulesPage());
