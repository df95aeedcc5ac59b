/** Writes the reference pages that are generated from the code. */
import { writeFileSync } from "node:fs";
import { FACTORY_YAML_PAGE, factoryYamlPage } from "./factory-yaml";
import { RULES_PAGE, rulesPage } from "./rules";

writeFileSync(FACTORY_YAML_PAGE, factoryYamlPage());
writeFileSync(RULES_PAGE, rulesPage());
