/** Converts the arguments of Terraform resources to inputs of Image Builder's operations. */
import type { Block } from "../../fixtures/synth";

/** Arguments of Terraform itself, which aren't sent to AWS. */
const META_ARGUMENTS = new Set(["//", "depends_on", "lifecycle", "provider", "skip_destroy"]);

/** Names that differ from the argument in camel case. Most are blocks that can occur repeatedly. */
const MEMBERS: Readonly<Record<string, string>> = {
  block_device_mapping: "blockDeviceMappings",
  component: "components",
  default: "setDefaultVersion",
  distribution: "distributions",
  launch_template_configuration: "launchTemplateConfigurations",
  parameter: "parameters",
  ssm_parameter_configuration: "ssmParameterConfigurations",
  user_data_base64: "userDataOverride",
  version: "semanticVersion",
  workflow: "workflows",
};

/** Maps whose keys are chosen by the user. */
const MAPS = new Set(["ami_tags", "resource_tags", "tags"]);

/** Members of a recipe that Image Builder expects in `additionalInstanceConfiguration`. */
const INSTANCE_MEMBERS = ["systemsManagerAgent", "userDataOverride"];

function member(argument: string): string {
  return (
    MEMBERS[argument] ??
    argument.replace(/_(\w)/g, (_underscore, letter: string) => letter.toUpperCase())
  );
}

function convert(value: Block): Block {
  if (value === "true" || value === "false") return value === "true";
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([argument]) => !META_ARGUMENTS.has(argument))
      .map(([argument, item]) => [
        member(argument),
        argument === "parameter" ? parameters(item) : MAPS.has(argument) ? item : convert(item),
      ]),
  );
}

/** The value of a parameter is a list in the API. */
function parameters(blocks: Block): Block {
  return blocks.map(({ name, value }: Block) => ({ name, value: [value] }));
}

/** Arguments must contain no references. */
export function sdkInput(resourceArguments: Block): Block {
  const input = convert(resourceArguments);
  const instance = Object.entries(input).filter(([name]) => INSTANCE_MEMBERS.includes(name));
  if (instance.length === 0) return input;
  for (const [name] of instance) delete input[name];
  return { ...input, additionalInstanceConfiguration: Object.fromEntries(instance) };
}
