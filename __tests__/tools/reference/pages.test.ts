import { readFileSync } from "node:fs";
import { FACTORY_YAML_PAGE, factoryYamlPage } from "../../../tools/reference/factory-yaml";
import { RULES_PAGE, rulesPage } from "../../../tools/reference/rules";

test.each([
  [FACTORY_YAML_PAGE, factoryYamlPage],
  [RULES_PAGE, rulesPage],
])("%s is what `npm run reference` writes", (file, render) => {
  expect(readFileSync(file, "utf8")).toBe(render());
});

test("every key of the factory file has a description", () => {
  const undescribed = factoryYamlPage()
    .split("\n")
    .filter((line) => /^\| `[^|]*\|[^|]*\|\s+\|\s+\|$|undefined/.test(line));
  expect(undescribed).toEqual([]);
});
