/**
 * Emulates how Image Builder validates component documents, and the components and volumes of
 * recipes. "Assumed" marks behaviour that no AWS document describes.
 */
import { parse } from "yaml";
import type { Caller } from "../protocol/emulator";
import { Fault, type Input } from "../protocol/rest-json";

/** The parameters that a component document declares, and whether a recipe must set them. */
export type DeclaredParameters = ReadonlyMap<string, { readonly isRequired: boolean }>;

interface RawDocument {
  readonly schemaVersion?: unknown;
  readonly parameters?: readonly Readonly<Record<string, { readonly default?: unknown }>>[];
  readonly phases?: readonly RawPhase[];
}

interface RawPhase {
  readonly name?: unknown;
  readonly steps?: readonly { readonly name?: unknown; readonly action?: unknown }[];
}

/** "You must include at least one of the following phases in your document" */
const PHASES = ["build", "validate", "test", "container-host-test"];

const STEP_NAME = /^[-_A-Za-z0-9]+$/;

function invalid(member: string, reason: string): Fault {
  return new Fault(
    "InvalidParameterValueException",
    `The value supplied for parameter '${member}' is not valid. ${reason}`,
  );
}

/**
 * The parameters of a component document. Validates the document like CreateComponent, as far as
 * its checks are known. Throws a {@link Fault}.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html
 */
export function parametersIn(document: string): DeclaredParameters {
  const { schemaVersion, phases = [], parameters = [] } = (parse(document) ?? {}) as RawDocument;
  if (Number(schemaVersion) !== 1) throw invalid("data", "The schema version must be 1.0.");
  if (!phases.some(({ name }) => PHASES.includes(String(name))))
    throw invalid("data", `The document must contain one of the phases ${PHASES.join(", ")}.`);
  for (const phase of phases) assertStepsFit(phase);
  const declared = parameters.flatMap((parameter) => Object.entries(parameter));
  return new Map(
    declared.map(([name, definition]) => [name, { isRequired: definition.default === undefined }]),
  );
}

function assertStepsFit({ name: phase, steps = [] }: RawPhase): void {
  if (steps.length === 0) throw invalid("data", `Phase '${phase}' must contain a step.`);
  const names = steps.map(({ name }) => String(name));
  const wrong = names.find((name) => !STEP_NAME.test(name));
  if (wrong !== undefined)
    throw invalid(
      "data",
      `Invalid step name '${wrong}' in phase '${phase}'. Allowed characters are combinations of numbers [0-9], english letters [a-z,A-Z] and special characters [-_].`,
    );
  if (new Set(names).size < names.length)
    throw invalid("data", `The names of the steps in phase '${phase}' must be unique.`);
  if (steps.some(({ action }) => typeof action !== "string"))
    throw invalid("data", `Each step in phase '${phase}' must have an action.`);
}

/**
 * The error for undeclared parameters was
 * [reported](https://github.com/aws-ia/terraform-aws-ec2-image-builder/issues/106). Assumed: the
 * one for missing values.
 */
export function assertParametersFit(
  index: number,
  parameters: readonly { readonly name: string }[],
  declared: DeclaredParameters,
): void {
  const fault = (reason: string): Fault =>
    new Fault(
      "InvalidParameterCombinationException",
      `The value supplied for parameter 'components[${index}].parameters' is not valid. ${reason}`,
    );
  const given = parameters.map(({ name }) => name);
  const undeclared = given.filter((name) => !declared.has(name));
  if (undeclared.length > 0)
    throw fault(
      `The following parameters are not defined in the provided component: ${undeclared.join(", ")}`,
    );
  const missing = [...declared].filter(
    ([name, { isRequired }]) => isRequired && !given.includes(name),
  );
  if (missing.length > 0)
    throw fault(
      `The following parameters need a value: ${missing.map(([name]) => name).join(", ")}`,
    );
}

interface Volume {
  readonly encrypted?: boolean;
  readonly kmsKeyId?: string;
  readonly volumeSize?: number;
  readonly iops?: number;
  readonly throughput?: number;
}

/**
 * The ranges of the model:
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_EbsInstanceBlockDeviceSpecification.html
 */
const RANGES = {
  volumeSize: [1, 16_000],
  iops: [100, 100_000],
  throughput: [125, 2_000],
} as const;

/** Assumed: the errors for a device that occurs twice, and for a key of an unencrypted volume. */
export function assertVolumesFit(mappings: readonly Input[]): void {
  const devices = mappings.map(({ deviceName }) => deviceName);
  if (new Set(devices).size < devices.length)
    throw invalid("blockDeviceMappings", "A device must not occur twice.");
  for (const { ebs } of mappings) assertVolumeFits((ebs ?? {}) as Volume);
}

function assertVolumeFits(volume: Volume): void {
  for (const [member, [min, max]] of Object.entries(RANGES)) {
    const value = volume[member as keyof typeof RANGES];
    if (value !== undefined && (value < min || value > max))
      throw invalid(member, `It must be between ${min} and ${max}.`);
  }
  if (volume.kmsKeyId !== undefined && volume.encrypted !== true)
    throw invalid("kmsKeyId", "A key requires an encrypted volume.");
}

/**
 * Image Builder's resources exist in one Region. Throws a {@link Fault} for those of another one.
 */
export function assertSameRegion(arn: string, { region }: Caller): void {
  if (/^arn:[^:]+:imagebuilder:/.test(arn) && arn.split(":")[3] !== region)
    throw new Fault("InvalidParameterValueException", `The resource '${arn}' doesn't exist.`);
}
